-- One row: a line among those named, with its ledger and, for an invoice line, its cost in pounds.
select
    line_id,
    'invoice' as ledger,
    cost
from invoice_coding
where line_id in (select unnest($line_ids))
union all
select
    line_id,
    'order' as ledger,
    cast(null as decimal(18, 2)) as cost
from order_coding
where line_id in (select unnest($line_ids));
