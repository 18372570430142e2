-- Open order lines that no invoice names, the oldest first: ordered and received, in pounds.
select
    line.po,
    line.line,
    coalesce(line.supplier, line.supplier_id) as supplier,
    line.order_date,
    line.net as ordered,
    line.received,
    line.status
from order_lines as line
where
    line.status != 'cancelled'
    and line.po not in (select invoice_lines.po from invoice_lines where invoice_lines.po is not null)
order by line.order_date, line.po, line.line;
