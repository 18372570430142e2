-- One row: what a claim leaves out of a line in one stream and kind of money, with the cell that it came from; pounds.
select
    left_out.kind,
    left_out.work_stream,
    left_out.cost_type,
    left_out.reason,
    left_out.amount,
    left_out.line_id,
    cell.document,
    cell.line,
    cell.supplier,
    cell.accounting_date as dated,
    coalesce(cell.net, 0) as net,
    coalesce(cell.file, '(taken back)') as file,
    coalesce(cell.row, 0) as row
from store.claim_left_out as left_out
left join line_cell as cell on left_out.line_id = cell.line_id and left_out.batch = cell.batch
where left_out.claim_id = $claim_id and list_contains($kinds, left_out.kind)
order by left_out.kind, left_out.reason, left_out.line_id, left_out.work_stream, left_out.cost_type desc;
