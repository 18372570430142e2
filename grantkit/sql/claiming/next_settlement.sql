-- The number that the next settlement gets.
select coalesce(max(settlement), 0) + 1 as settlement
from store.settlement;
