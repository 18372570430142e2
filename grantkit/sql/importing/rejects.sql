-- One row: one fault of a refused row of a batch that stands, with how the row was settled; the last columns are null
-- while it waits. `$batch`: of this batch only, or null; `$settled`: those that were settled too.
select
    reject.batch,
    batch.file,
    batch.sheet,
    reject.row,
    reject.column_name as "column",
    reject.value,
    reject.code,
    reject.message,
    done.by_batch,
    done.by_row,
    done.reason,
    done.settled_at,
    done.user_name
from store.reject as reject
inner join batch_standing as batch on reject.batch = batch.batch
left join reject_settlement as done on reject.batch = done.batch and reject.row = done.row
where
    ($batch is null or reject.batch = $batch)
    and ($settled or done.batch is null)
order by reject.batch, reject.row, reject.column_name, reject.code;
