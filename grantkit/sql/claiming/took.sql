-- One row: a stream and kind of money in which a claim took a line, with what it took there and still counts.
select
    claim_line.work_stream,
    claim_line.cost_type,
    claim_line.amount - coalesce(lost.amount, 0) as amount
from store.claim_line
left join stream on claim_line.work_stream = stream.work_stream
left join (
    select
        work_stream,
        cost_type,
        sum(amount) as amount
    from store.disallowance
    where claim_id = $claim_id and line_id = $line_id
    group by work_stream, cost_type
) as lost
    on claim_line.work_stream = lost.work_stream and claim_line.cost_type = lost.cost_type
where claim_line.claim_id = $claim_id and claim_line.line_id = $line_id and claim_line.amount > 0
order by stream.position, claim_line.cost_type desc;
