-- The number that the next entry about an asset gets.
select coalesce(max(entry), 0) + 1 as entry
from store.asset_entry;
