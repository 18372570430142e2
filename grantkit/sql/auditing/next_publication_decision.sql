-- The number that the next decision about publishing gets.
select coalesce(max(decision), 0) + 1 as decision
from store.publication_decision;
