-- One row: a refused row that a row of this line replaced: its place, its cells as they came (JSON), why it was
-- refused, and the batch and row that replaced it.
select
    settled.batch,
    batch.file,
    batch.sheet,
    settled.row,
    cast(refused.cells as varchar) as cells,
    (
        select string_agg(reject.message, '; ' order by reject.column_name, reject.code)
        from store.reject
        where reject.batch = settled.batch and reject.row = settled.row
    ) as faults,
    settled.by_batch,
    settled.by_row
from line_cell as cell
inner join store.reject_settled as settled on cell.batch = settled.by_batch and cell.row = settled.by_row
inner join store.batch as batch on settled.batch = batch.batch
inner join store.rejected_row as refused on settled.batch = refused.batch and settled.row = refused.row
where cell.line_id = $line_id
order by settled.batch, settled.row;
