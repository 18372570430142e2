-- One row: an order line that an invoice line belongs to, or may (of an order of which it names no line); pounds.
select
    held.line_id,
    held.po,
    held.line,
    held.order_date,
    held.net,
    held.received,
    held.status
from order_current as held
inner join invoice_coding as coding on held.line_id = coding.order_line_id or held.po = coding.pooled_po
where coding.line_id = $line_id
order by held.line_id;
