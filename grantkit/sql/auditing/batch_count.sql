-- How many batches there are.
select count(*) as batches
from store.batch;
