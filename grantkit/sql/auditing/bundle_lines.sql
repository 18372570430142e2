-- One row: a line of a claim with the cell that it came from; pounds. Of an accrual, document is the order's number.
select
    claim_line.line_id,
    cell.file,
    cell.sha256,
    cell.sheet,
    cell.row,
    cell.document,
    cell.line,
    cell.supplier,
    cell.accounting_date,
    cell.net,
    claim_line.work_stream,
    claim_line.cost_type,
    claim_line.kind,
    claim_line.amount,
    claim_line.cause
from store.claim_line
left join line_cell as cell on claim_line.line_id = cell.line_id and claim_line.batch = cell.batch
where claim_line.claim_id = $claim_id
order by claim_line.line_id, claim_line.work_stream, claim_line.cost_type desc;
