-- One row: a refused row of a batch that needs no more work: dismissed with a reason, or replaced by a row of another
-- batch. Where that batch was undone, the row is open again.
select
    row,
    arg_max(by_batch, settled_at) as by_batch,
    arg_max(by_row, settled_at) as by_row,
    arg_max(reason, settled_at) as reason
from store.reject_settled
where
    batch = $batch
    and (by_batch is null or by_batch in (select batch_standing.batch from batch_standing))
group by row
order by row;
