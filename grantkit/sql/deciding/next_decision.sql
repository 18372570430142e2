-- The number that the next decision gets.
select coalesce(max(decision), 0) + 1 as decision
from store.decision;
