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
                    'name': 'order_date',
                    'old': cast(held.order_date as varchar),
                    'new': cast(staged.order_date as varchar)
                },
                {'name': 'net', 'old': cast(held.net as varchar), 'new': cast(staged.net as varchar)},
                {'name': 'received', 'old': cast(held.received as varchar), 'new': cast(staged.received as varchar)},
                {'name': 'status', 'old': held.status, 'new': staged.status},
                {'name': 'cost_centre', 'old': held.cost_centre, 'new': staged.cost_centre},
                {'name': 'account', 'old': held.account, 'new': staged.account},
                {'name': 'project', 'old': held.project, 'new': staged.project},
                {'name': 'category', 'old': held.category, 'new': staged.category},
                {'name': 'description', 'old': held.description, 'new': staged.description}
            ],
            lambda c: c.old is distinct from c.new
        )) as change
    from staged
    inner join not_new on staged.row = not_new.row and not_new.outcome = 'restated'
    inner join order_current as held on not_new.line_id = held.line_id
)
order by row;
