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
        order_coding.line_id,
        coalesce(order_allocated.work_stream, 'UNALLOCATED') as work_stream,
        coalesce(order_allocated.accrued, 0) as amount
    from order_coding
    left join order_allocated on order_coding.line_id = order_allocated.line_id
    where order_coding.line_id = $line_id
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
    cell.accounting_date,
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
-- said of each again: the joins would not carry it to the million lines
where held_version.line_id = $line_id and cell.line_id = $line_id
order by part.work_stream;
