-- One row: a batch of whose rows fewer, or more, have an outcome than were read.
with
told as (
    select batch
    from store.invoice_line
    union all
    select batch
    from store.order_line
    union all
    select batch
    from store.unchanged_row
    union all
    select batch
    from store.rejected_row
    union all
    select batch
    from store.ignored_row
),

counted as (
    select
        batch,
        count(*) as rows
    from told
    group by batch
)

select
    batch.batch,
    batch.file,
    batch.rows_read,
    coalesce(counted.rows, 0) as rows_told
from store.batch
left join counted on batch.batch = counted.batch
where batch.rows_read != coalesce(counted.rows, 0)
order by batch.batch;
