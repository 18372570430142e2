-- One row: a line that was published, with its cell; pounds.
select
    cell.line_id,
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
inner join line_current as held on cell.line_id = held.line_id and cell.batch = held.batch
where cell.line_id in (select unnest(cast($lines as bigint[])));
