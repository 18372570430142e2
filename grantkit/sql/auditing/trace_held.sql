-- One row: an order line behind what a stream's orders hold at the date asked for (null: of all streams): $held is
-- `accrued` or `committed`; pounds. `document` is the order's number, `net` what was ordered.
select
    held.line_id,
    cell.file,
    cell.sheet,
    cell.sha256,
    cell.row,
    cell.document,
    cell.line,
    cell.supplier,
    held.order_date as accounting_date,
    cell.net,
    held.work_stream,
    case $held when 'accrued' then held.accrued else held.committed end as amount,
    claimed.claims as claim
from order_allocated as held
inner join order_current on held.line_id = order_current.line_id
inner join line_cell as cell on order_current.line_id = cell.line_id and order_current.batch = cell.batch
left join (
    select
        claim_lines.line_id,
        claim_lines.work_stream,
        string_agg(distinct claim_lines.claim, ', ' order by claim_lines.claim) as claims
    from claim_lines
    inner join claims on claim_lines.claim = claims.claim
    where claims.status in ('submitted', 'settled')
    group by claim_lines.line_id, claim_lines.work_stream
) as claimed
    on held.line_id = claimed.line_id and held.work_stream = claimed.work_stream
where
    ($work_stream is null or held.work_stream = $work_stream)
    and case $held when 'accrued' then held.accrued else held.committed end != 0
order by held.line_id, held.work_stream;
