-- One row: a row of a batch's source file of which the ledger holds something else than the file says (`batch`, and the
-- table `staged` of the file read again); at most 100 of them. A line that the ledger lacks may have been there before.
with
kept as (
    select
        row,
        to_json(
            {
                'po': po,
                'line': line,
                'supplier_id': supplier_id,
                'supplier': supplier,
                'order_date': order_date,
                'net': net,
                'received': received,
                'status': status,
                'cost_centre': cost_centre,
                'account': account,
                'project': project,
                'category': category,
                'description': description
            }
        ) as cells
    from store.order_line
    where batch = getvariable('batch')
),

said as (
    select
        row,
        to_json(
            {
                'po': po,
                'line': line,
                'supplier_id': supplier_id,
                'supplier': supplier,
                'order_date': order_date,
                'net': net,
                'received': received,
                'status': status,
                'cost_centre': cost_centre,
                'account': account,
                'project': project,
                'category': category,
                'description': description
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
