-- Rows that come back corrected are the next ones of their source file: of the same content, they are counted on from
-- the last that the file said.
update occurrences
set occurrence = occurrences.occurrence + before.occurrence
from (
    select
        staged.row,
        max(held.occurrence) as occurrence
    from store.invoice_line as held
    semi join said_by_source on held.line_id = said_by_source.line_id
    inner join staged
        on
            held.line is null
            and staged.line is null
            and held.document is not distinct from staged.document
            and held.supplier_id is not distinct from staged.supplier_id
            and held.supplier is not distinct from staged.supplier
            and held.invoice_date is not distinct from staged.invoice_date
            and held.accounting_date = staged.accounting_date
            and held.net = staged.net
            and held.vat = staged.vat
            and held.gross = staged.gross
            and held.po is not distinct from staged.po
            and held.po_line is not distinct from staged.po_line
            and held.cost_centre is not distinct from staged.cost_centre
            and held.account is not distinct from staged.account
            and held.project is not distinct from staged.project
            and held.category is not distinct from staged.category
            and held.description is not distinct from staged.description
    where staged.faults is null
    group by staged.row
) as before
where occurrences.row = before.row;
