-- One row: a batch of which it was kept how it was read: its header (a JSON list) and its profile (TOML).
select
    batch.batch,
    batch.kind,
    batch.file,
    batch.sheet,
    batch.profile,
    batch.profile_sha256,
    how.header,
    how.profile_text
from store.batch as batch
inner join store.batch_reading as how on batch.batch = how.batch
order by batch.batch;
