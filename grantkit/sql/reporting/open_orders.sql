-- One row: an order line that holds something in a stream at the date asked for, the largest first; pounds.
select
    held.line_id,
    line.po,
    line.line,
    coalesce(line.supplier, line.supplier_id) as supplier,
    held.order_date,
    held.accrued,
    held.committed
from order_allocated as held
inner join order_current as line on held.line_id = line.line_id
where held.work_stream = $work_stream
order by held.accrued + held.committed desc, held.line_id;
