-- The number that the next sample gets.
select coalesce(max(sample), 0) + 1 as sample
from store.sample;
