-- What claims that stand took in each heading, and what of it was disallowed, in pounds.
select
    claim_id,
    work_stream,
    cost_type,
    claimed,
    disallowed
from claim_heading
order by claim_id, work_stream, cost_type desc;
