-- One row: an invoice line that belongs to an order line, or may (of an order of which it names no line); pounds.
with
order_held as materialized (
    select
        line_id,
        po
    from order_coding
    where line_id = $line_id
),

belonging as materialized (
    select line_id
    from invoice_coding
    where
        order_line_id = $line_id
        or pooled_po in (select order_held.po from order_held)
)

select
    cell.line_id,
    cell.document,
    cell.line,
    cell.accounting_date,
    cell.net
from invoice_current as cell
semi join belonging on cell.line_id = belonging.line_id
where (select count(*) from order_held) > 0
order by cell.line_id;
