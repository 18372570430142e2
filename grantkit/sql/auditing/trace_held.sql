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
left join share_claimed as claimed
    on held.line_id = claimed.line_id and held.work_stream = claimed.work_stream
where
    ($work_stream is null or held.work_stream = $work_stream)
    and case $held when 'accrued' then held.accrued else held.committed end != 0
order by held.line_id, held.work_stream;
