-- The number that the next settled finding gets.
select coalesce(max(entry), 0) + 1 as entry
from store.finding_settled;
