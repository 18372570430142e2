-- One row: a stream that an invoice line's cost (or an order line's accrual) goes to, with the line's cell; pounds.
with
part as (
    select
        allocation.line_id,
        allocation.work_stream,
        allocation.amount
    from allocation
    where allocation.line_id = $line_id
    union all
    select
        placed.line_id,
        placed.work_stream,
        coalesce(order_allocated.accrued, 0) as amount
    from (
        select distinct
            order_coding.line_id,
            unnest(allocation_key.work_streams) as work_stream
        from order_coding
        inner join allocation_key on order_coding.allocation_key = allocation_key.allocation_key
        where order_coding.line_id = $line_id
    ) as placed
    left join order_allocated
        on placed.line_id = order_allocated.line_id and placed.work_stream = order_allocated.work_stream
)

select
    part.line_id,
    cell.file,
    cell.sheet,
    cell.sha256,
    cell.row,
    cell.document,
    cell.line,
    cell.supplier,
    coalesce(by_date.accounting_date, cell.accounting_date) as accounting_date,
    cell.net,
    part.work_stream,
    part.amount,
    held.claims as claim
from part
inner join line_current as held_version on part.line_id = held_version.line_id
inner join line_cell as cell on held_version.line_id = cell.line_id and held_version.batch = cell.batch
left join (
    select
        claim_lines.work_stream,
        string_agg(distinct claim_lines.claim, ', ' order by claim_lines.claim) as claims
    from claim_lines
    where claim_lines.line_id = $line_id
    group by claim_lines.work_stream
) as held on part.work_stream = held.work_stream
left join decision_counting as by_date on part.line_id = by_date.line_id and by_date.aspect = 'date'
-- said of each again: the joins would not carry it to the million lines
where held_version.line_id = $line_id and cell.line_id = $line_id
order by part.work_stream;
