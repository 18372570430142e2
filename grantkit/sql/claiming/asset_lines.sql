-- One row: an invoice line among those named ($line_ids), as the ledger has it now, with the newest entry that a person
-- made about it as an asset (null where there is none).
with
newest as (
    select
        line_id,
        max(entry) as entry
    from store.asset_entry
    group by line_id
)

select
    held.line_id,
    held.document,
    held.line,
    held.description,
    coalesce(held.invoice_date, held.accounting_date) as dated,
    entry.item,
    entry.location,
    entry.useful_life,
    entry.disposed_on,
    entry.disposal
from invoice_current as held
left join newest on held.line_id = newest.line_id
left join store.asset_entry as entry on newest.entry = entry.entry
where held.line_id in (select unnest($line_ids));
