-- Settles refused rows of earlier batches: by the line of this batch that has their identity, or, where the same row is
-- refused again, by that one. Rows that are alike are paired off in their order.
insert into store.reject_settled
with
waiting as (
    select
        rejected.batch,
        rejected.row,
        rejected.who,
        rejected.document,
        rejected.line,
        cast(rejected.cells as varchar) as cells
    from store.rejected_row as rejected
    inner join batch_standing as batch on rejected.batch = batch.batch
    where
        rejected.batch != getvariable('batch')
        and batch.kind = getvariable('kind')
        and not exists (
            select 1 from reject_settlement as settled
            where settled.batch = rejected.batch and settled.row = rejected.row
        )
),

waiting_by_name as (
    select
        *,
        row_number() over (partition by who, document, line order by batch, row) as turn
    from waiting
    where who is not null and document is not null
),

came as (
    select
        row,
        who,
        document,
        line,
        row_number() over (partition by who, document, line order by row) as turn
    from (
        select
            row,
            coalesce(supplier_id, supplier) as who,
            document,
            line
        from store.invoice_line
        where batch = getvariable('batch')
        union all
        select
            row,
            coalesce(supplier_id, supplier) as who,
            po as document,
            line
        from store.order_line
        where batch = getvariable('batch')
    )
),

waiting_by_cells as (
    select
        *,
        row_number() over (partition by cells order by batch, row) as turn
    from waiting
),

refused_again as (
    select
        row,
        cast(cells as varchar) as cells,
        row_number() over (partition by cast(cells as varchar) order by row) as turn
    from refused_row
),

pairs as (
    select
        waiting.batch,
        waiting.row,
        came.row as by_row
    from waiting_by_name as waiting
    inner join came
        on
            waiting.who = came.who
            and waiting.document = came.document
            and waiting.line is not distinct from came.line
            and waiting.turn = came.turn
    union all
    select
        waiting.batch,
        waiting.row,
        again.row as by_row
    from waiting_by_cells as waiting
    inner join refused_again as again on waiting.cells = again.cells and waiting.turn = again.turn
)

select
    batch,
    row,
    cast(getvariable('batch') as integer) as by_batch,
    min(by_row) as by_row,
    cast(null as varchar) as reason,
    cast(getvariable('imported_at') as timestamp) as settled_at,
    cast(getvariable('user_name') as varchar) as user_name
from pairs
group by batch, row;
