-- How many refused rows of earlier batches this batch settled.
select count(*) as settled
from store.reject_settled
where by_batch = $batch;
