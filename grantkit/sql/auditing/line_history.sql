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
    cell.net,
    held.line_id is not null as counts,
    cell.batch in (select batch_undone.batch from store.batch_undone) as undone
from line_cell as cell
left join (select * from line_current where line_id = $line_id) as held on cell.batch = held.batch
where cell.line_id = $line_id
order by cell.batch;
