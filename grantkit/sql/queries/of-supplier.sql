-- The invoice lines of one supplier (--param supplier=NAME, with * for any text), in pounds.
select
    line_id,
    document,
    line,
    supplier,
    counts_on,
    net,
    cost,
    po,
    description,
    file,
    row
from invoice_lines
where coalesce(supplier, supplier_id) ilike replace($supplier, '*', '%')
order by counts_on, line_id;
