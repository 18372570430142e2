-- One row: a source file that is kept, by its hash, with the batches that came from it.
select
    sha256,
    any_value(file) as file,
    'batch ' || string_agg(batch, ', ' order by batch) as batches
from store.batch
group by sha256
order by min(batch);
