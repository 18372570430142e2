-- One row: a row of a batch's source file of which the ledger holds something else than the file says (`batch`, and the
-- table `staged` of the file read again); at most 100 of them. A line that the ledger lacks may have been there before.
with
kept as (
    select
        row,
        to_json(
            {
                'document': document,
                'line': line,
                'supplier_id': supplier_id,
                'supplier': supplier,
                'invoice_date': invoice_date,
                'accounting_date': accounting_date,
                'net': net,
                'vat': vat,
                'gross': gross,
                'po': po,
                'po_line': po_line,
                'cost_centre': cost_centre,
                'account': account,
                'project': project,
                'category': category,
                'description': description,
                'paid_date': paid_date
            }
        ) as cells
    from store.invoice_line
    where batch = getvariable('batch')
),

said as (
    select
        row,
        to_json(
            {
                'document': document,
                'line': line,
                'supplier_id': supplier_id,
                'supplier': supplier,
                'invoice_date': invoice_date,
                'accounting_date': accounting_date,
                'net': net,
                'vat': vat,
                'gross': gross,
                'po': po,
                'po_line': po_line,
                'cost_centre': cost_centre,
                'account': account,
                'project': project,
                'category': category,
                'description': description,
                'paid_date': paid_date
            }
        ) as cells
    from staged
    where faults is null
)

select
    kept.row,
    coalesce(cast(said.cells as varchar), 'no such line') as expected,
    cast(kept.cells as varchar) as found
from kept
left join said on kept.row = said.row
where said.cells is null or kept.cells != said.cells
order by kept.row
limit 100;
