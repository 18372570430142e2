-- The number that the next planned spend gets.
select coalesce(max(plan), 0) + 1 as plan
from store.planned_spend;
