-- One row: a line that a batch's file lacks, with the newest answer to what that means (null while there is none) and
-- the cell that last said it before.
with
noticed as (
    select
        line_id,
        arg_max_null(answer, {'at': noticed_at, 'answered': answer is not null}) as answer
    from store.missing_line
    where batch = $batch
    group by line_id
)

select
    noticed.line_id,
    cell.file,
    cell.row,
    cell.document,
    cell.line,
    cell.supplier,
    cell.accounting_date,
    cell.net,
    noticed.answer
from line_cell as cell
inner join noticed on cell.line_id = noticed.line_id
where cell.batch < $batch
qualify row_number() over (partition by noticed.line_id order by cell.batch desc) = 1
order by noticed.line_id;
