-- One row: a line with what a claim, in the version that counts, took of it (in one work stream, where $work_stream
-- names it), in the order of their numbers; pounds.
select
    claim_line.line_id,
    cast(sum(claim_line.amount) as decimal(18, 2)) as amount
from store.claim_line
inner join claims on claim_line.claim_id = claims.claim_id
where
    claims.claim = $claim
    and ($work_stream is null or claim_line.work_stream = $work_stream)
group by claim_line.line_id
having sum(claim_line.amount) != 0
order by claim_line.line_id;
