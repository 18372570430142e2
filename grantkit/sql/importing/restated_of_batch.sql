-- One row: a line that a batch restated: what it was before and what the batch made of it, in pounds.
select
    change.line_id,
    after.row,
    after.document,
    after.line,
    after.supplier,
    before.net as net_before,
    after.net
from store.superseded as change
inner join line_cell as after on change.line_id = after.line_id and change.by_batch = after.batch
inner join line_cell as before on change.line_id = before.line_id and change.batch = before.batch
where change.by_batch = $batch and change.reason = 'restated'
order by after.row;
