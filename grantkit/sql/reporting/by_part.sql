-- One row: a stream (or UNALLOCATED) and an account, as the lines themselves have it, or a supplier (by its id, else
-- its name; $by says which), with what was invoiced up to the date asked for and what orders hold; pounds. `name` is
-- a supplier's newest; `lines` counts invoice lines.
with
parts as (
    select
        allocation.work_stream,
        line.account,
        line.supplier_id,
        line.supplier,
        allocation.line_id,
        allocation.amount as invoiced,
        allocation.eligible,
        0 as accrued,
        0 as committed,
        1 as lines
    from allocation
    inner join invoice_current as line on allocation.line_id = line.line_id
    where allocation.counts_on <= getvariable('as_at')
    union all
    select
        held.work_stream,
        line.account,
        line.supplier_id,
        line.supplier,
        held.line_id,
        0 as invoiced,
        0 as eligible,
        held.accrued,
        held.committed,
        0 as lines
    from order_allocated as held
    inner join order_current as line on held.line_id = line.line_id
),

named as (
    select
        *,
        nullif(case when $by = 'account' then account else coalesce(nullif(supplier_id, ''), supplier) end, '') as part,
        case when $by = 'supplier' then nullif(supplier, '') end as name
    from parts
)

select
    work_stream,
    part,
    arg_max(name, line_id) filter (where name is not null) as name,
    cast(sum(lines) as bigint) as lines,
    cast(sum(invoiced) as decimal(38, 2)) as invoiced,
    cast(sum(eligible) as decimal(38, 2)) as eligible,
    cast(sum(accrued) as decimal(38, 2)) as accrued,
    cast(sum(committed) as decimal(38, 2)) as committed
from named
where $work_stream is null or work_stream = $work_stream
group by work_stream, part
order by eligible desc, part nulls last;
