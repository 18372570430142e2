-- One row: a line among those named, in the version that counts, with its cell; pounds.
select
    cell.line_id,
    cell.supplier,
    cell.document,
    cell.line,
    cell.accounting_date,
    cell.net,
    cell.file,
    cell.row
from line_cell as cell
inner join line_current as held on cell.line_id = held.line_id and cell.batch = held.batch
where cell.line_id in (select unnest(cast($lines as bigint[])));
