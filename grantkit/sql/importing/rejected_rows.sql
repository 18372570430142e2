-- One row: a refused row that still waits and was kept with its cells (a JSON list). `$batch`: of this batch only, or
-- null.
select
    rejected.batch,
    rejected.row,
    rejected.cells
from store.rejected_row as rejected
inner join batch_standing as batch on rejected.batch = batch.batch
anti join reject_settlement as done on rejected.batch = done.batch and rejected.row = done.row
where $batch is null or rejected.batch = $batch
order by rejected.batch, rejected.row;
