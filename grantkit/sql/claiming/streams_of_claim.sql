-- One row: a stream's figures in one claim, as prepared.
select
    work_stream as code,
    budget,
    claimed_before,
    resource,
    capital,
    this_claim,
    late,
    accruals,
    adjustments,
    held_back,
    cumulative,
    remaining
from store.claim_stream
where claim_id = $claim_id
order by position;
