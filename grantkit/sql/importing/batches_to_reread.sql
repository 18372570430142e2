-- One row: a batch with what its source file was read by; those of a time before that was kept are left out.
select
    batch.batch,
    batch.kind,
    batch.file,
    batch.sheet,
    batch.sha256,
    batch.profile,
    batch_reading.profile_text
from store.batch
inner join store.batch_reading on batch.batch = batch_reading.batch
order by batch.batch;
