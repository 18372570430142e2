-- One row: one version of a line, oldest first, with the cell that it came from.
select
    cell.batch,
    cell.file,
    cell.sheet,
    cell.sha256,
    cell.row,
    cell.document,
    cell.line,
    cell.supplier,
    cell.accounting_date,
    cell.net
from line_cell as cell
where cell.line_id = $line_id
order by cell.batch;
