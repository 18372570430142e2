-- One row: a line behind a claim's figure (of one stream, or of all), with the cell that it came from; pounds.
select
    claim_line.line_id,
    cell.file,
    cell.sheet,
    cell.sha256,
    cell.row,
    cell.document,
    cell.line,
    cell.supplier,
    coalesce(by_date.accounting_date, cell.accounting_date) as accounting_date,
    cell.net,
    claim_line.work_stream,
    claim_line.amount,
    cast($claim as varchar) as claim
from store.claim_line
left join line_cell as cell on claim_line.line_id = cell.line_id and claim_line.batch = cell.batch
left join decision_counting as by_date on claim_line.line_id = by_date.line_id and by_date.aspect = 'date'
where claim_line.claim_id = $claim_id and ($work_stream is null or claim_line.work_stream = $work_stream)
order by claim_line.line_id, claim_line.work_stream, claim_line.cost_type desc;
