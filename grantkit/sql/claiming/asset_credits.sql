-- One row: a credit note's line, up to the date asked for (as_at), with the supplier and document that it names; its
-- cost is pounds below 0.
select
    held.line_id,
    coalesce(held.supplier_id, held.supplier) as supplier_key,
    held.document,
    held.line,
    coalesce(held.invoice_date, coding.counts_on) as dated,
    coding.cost
from invoice_current as held
inner join invoice_coding as coding on held.line_id = coding.line_id
where coding.cost < 0 and coding.counts_on <= getvariable('as_at')
order by dated, held.line_id;
