-- One row: what the funder disallowed of a line of a claim in one stream and kind of money, in pounds.
select
    disallowance,
    settlement,
    line_id,
    work_stream,
    cost_type,
    amount
from store.disallowance
where claim_id = $claim_id
order by disallowance, line_id, work_stream, cost_type desc;
