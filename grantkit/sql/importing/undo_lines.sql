-- One row: a line of which the batch said something (a version, an unchanged row, a withdrawal), with the batch that
-- brought the version that counts before the batch is undone; null where none does.
create or replace temp table undo_line as
select
    said.line_id,
    held.batch as batch_before
from (
    select line_id
    from store.invoice_line
    where batch = getvariable('undone_batch')
    union
    select line_id
    from store.order_line
    where batch = getvariable('undone_batch')
    union
    select line_id
    from store.unchanged_row
    where batch = getvariable('undone_batch')
    union
    select line_id
    from store.superseded
    where by_batch = getvariable('undone_batch') and reason = 'missing'
) as said
left join line_current as held on said.line_id = held.line_id;
