-- One row: a cell of a line that came with other content: what it was, and what it is.
select
    row,
    line_id,
    change.name as "column",
    change.old,
    change.new
from (
    select
        staged.row,
        not_new.line_id,
        unnest(list_filter(
            [
                {'name': 'supplier_id', 'old': held.supplier_id, 'new': staged.supplier_id},
                {'name': 'supplier', 'old': held.supplier, 'new': staged.supplier},
                {
                    'name': 'invoice_date',
                    'old': cast(held.invoice_date as varchar),
                    'new': cast(staged.invoice_date as varchar)
                },
                {
                    'name': 'accounting_date',
                    'old': cast(held.accounting_date as varchar),
                    'new': cast(staged.accounting_date as varchar)
                },
                {'name': 'net', 'old': cast(held.net as varchar), 'new': cast(staged.net as varchar)},
                {'name': 'vat', 'old': cast(held.vat as varchar), 'new': cast(staged.vat as varchar)},
                {'name': 'gross', 'old': cast(held.gross as varchar), 'new': cast(staged.gross as varchar)},
                {'name': 'po', 'old': held.po, 'new': staged.po},
                {'name': 'po_line', 'old': held.po_line, 'new': staged.po_line},
                {'name': 'cost_centre', 'old': held.cost_centre, 'new': staged.cost_centre},
                {'name': 'account', 'old': held.account, 'new': staged.account},
                {'name': 'project', 'old': held.project, 'new': staged.project},
                {'name': 'category', 'old': held.category, 'new': staged.category},
                {'name': 'description', 'old': held.description, 'new': staged.description},
                {
                    'name': 'paid_date',
                    'old': cast(held.paid_date as varchar),
                    'new': cast(staged.paid_date as varchar)
                }
            ],
            lambda c: c.old is distinct from c.new
        )) as change
    from staged
    inner join not_new on staged.row = not_new.row and not_new.outcome = 'restated'
    inner join invoice_current as held on not_new.line_id = held.line_id
)
order by row;
