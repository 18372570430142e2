-- The number that the next entry about a milestone gets.
select coalesce(max(entry), 0) + 1 as entry
from store.milestone_done;
