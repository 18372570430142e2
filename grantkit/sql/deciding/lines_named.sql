-- One row: a line among those named, with its ledger and, for an invoice line, its cost in pounds.
select
    line_id,
    'invoice' as ledger,
    net + case when getvariable('vat_is_cost') then vat else 0 end as cost
from invoice_current
where line_id in (select unnest($line_ids))
union all
select
    line_id,
    'order' as ledger,
    cast(null as decimal(18, 2)) as cost
from order_current
where line_id in (select unnest($line_ids));
