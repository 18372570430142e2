-- Where refused rows of a batch (`corrected_batch`) come back by themselves, corrected: what their source file has said
-- so far.

-- One row: a line of the ledger that the file said: in rows of its own, or in those that replaced its refused rows.
create or replace temp table said_by_source as
with recursive
-- the batch, and those in which the same rows were refused before
source as (
    select cast(getvariable('corrected_batch') as integer) as batch
    union
    select before.batch
    from source
    inner join store.reject_settled as before on source.batch = before.by_batch
    inner join store.rejected_row as again on before.by_batch = again.batch and before.by_row = again.row
),

replaced as (
    select
        done.by_batch as batch,
        done.by_row as row
    from store.reject_settled as done
    semi join source on done.batch = source.batch
    where done.by_batch is not null
    union
    select
        done.by_batch as batch,
        done.by_row as row
    from replaced
    inner join store.reject_settled as done on replaced.batch = done.batch and replaced.row = done.row
    where done.by_batch is not null
),

said as (
    select
        batch,
        row,
        line_id
    from store.invoice_line
    union all
    select
        batch,
        row,
        line_id
    from store.order_line
    union all
    select
        batch,
        row,
        line_id
    from store.unchanged_row
)

select said.line_id
from said
semi join source on said.batch = source.batch
semi join batch_standing on said.batch = batch_standing.batch
union
select said.line_id
from said
semi join replaced on said.batch = replaced.batch and said.row = replaced.row
semi join batch_standing on said.batch = batch_standing.batch;
