-- The number that the next import gets.
select coalesce(max(batch), 0) + 1 as batch
from store.batch;
