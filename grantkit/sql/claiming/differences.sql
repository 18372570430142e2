-- One row: a line whose amount in a claim differs in one stream and kind of money, and why; pounds.
with
newest as (
    select
        line_id,
        max(batch) as batch
    from (
        select
            line_id,
            batch
        from store.invoice_line
        union all
        select
            line_id,
            batch
        from store.order_line
    )
    where line_id in (select claim_difference.line_id from claim_difference)
    group by line_id
)

select
    differs.line_id,
    differs.work_stream,
    differs.cost_type,
    differs.before,
    differs.now,
    coalesce(
        line_cause.cause,
        case
            when differs.line_id in (select order_line.line_id from store.order_line)
                then 'invoiced since, or less received'
            else 'budgets or other lines leave it other room'
        end
    ) as cause,
    cell.document,
    cell.line,
    cell.supplier
from claim_difference as differs
left join line_cause on differs.line_id = line_cause.line_id
left join newest on differs.line_id = newest.line_id
left join line_cell as cell on differs.line_id = cell.line_id and newest.batch = cell.batch
order by differs.work_stream, differs.line_id, differs.cost_type desc;
