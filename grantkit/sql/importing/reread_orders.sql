-- One row: a row of a batch's source file of which the ledger holds something else than the file says (`batch`, and the
-- table `staged` of the file read again); at most 100 of them. A line that the ledger lacks may have been there before.
with
side as (
    select
        true as is_kept,
        * exclude (line_id, batch, occurrence)
    from store.order_line
    where batch = getvariable('batch')
    union all by name
    select
        false as is_kept,
        * exclude (faults)
    from staged
    where faults is null
),

told as (
    select
        is_kept,
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
                'description': description,
                'extra': extra
            }
        ) as cells
    from side
)

select
    kept.row,
    cast(said.cells as varchar) as expected,
    cast(kept.cells as varchar) as found
from told as kept
left join told as said on kept.row = said.row and not said.is_kept
where kept.is_kept and (said.cells is null or kept.cells != said.cells)
order by kept.row
limit 100;
