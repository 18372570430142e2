-- What an undo did. Run when it is recorded and the current lines are laid anew.

-- One row: a line of which the undone batch said something. `outcome`: `gone` (counts no more), `returned` (to an
-- earlier version), `revived` (the batch had withdrawn it), `kept` (as it was, as other batches say so). Pounds.
create or replace temp table undo_change as
select
    line.line_id,
    case
        when held.batch is null then 'gone'
        when line.batch_before is null then 'revived'
        when held.batch = line.batch_before then 'kept'
        else 'returned'
    end as outcome,
    before.net as net_before,
    after.net as net_after
from undo_line as line
left join line_current as held on line.line_id = held.line_id
left join line_cell as before on line.line_id = before.line_id and line.batch_before = before.batch
left join line_cell as after on held.line_id = after.line_id and held.batch = after.batch
where held.batch is not null or line.batch_before is not null;
