-- The number that the next file of measures gets.
select coalesce(max(entry), 0) + 1 as entry
from store.measure_import;
