-- One row: a line of a claim's schedule, with the cell that it came from; pounds.
select
    claim_line.work_stream,
    claim_line.cost_type,
    claim_line.kind,
    claim_line.amount,
    claim_line.line_id,
    claim_line.dated,
    cell.document,
    cell.line,
    cell.supplier,
    coalesce(cell.net, 0) as net,
    cell.description,
    cell.po,
    coalesce(cell.file, '(taken back)') as file,
    cell.sheet,
    coalesce(cell.row, 0) as row,
    claim_line.cause
from store.claim_line
left join line_cell as cell on claim_line.line_id = cell.line_id and claim_line.batch = cell.batch
where claim_line.claim_id = $claim_id
order by claim_line.line_id, claim_line.work_stream, claim_line.cost_type desc;
