-- The number that the next disallowance gets.
select coalesce(max(disallowance), 0) + 1 as disallowance
from store.disallowance;
