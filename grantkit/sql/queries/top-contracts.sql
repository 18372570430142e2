-- Orders over £10,000, the largest first: ordered, received and invoiced, in pounds.
select
    line.po,
    any_value(coalesce(line.supplier, line.supplier_id)) as supplier,
    min(line.order_date) as order_date,
    sum(line.net) as ordered,
    sum(line.received) as received,
    coalesce((select sum(invoice_lines.net) from invoice_lines where invoice_lines.po = line.po), 0) as invoiced
from order_lines as line
group by line.po
having sum(line.net) > 10000
order by ordered desc, line.po;
