-- One row: one answer of the funder to a claim: a payment (pounds), a disallowance, or both.
select
    settlement,
    dated,
    received,
    reason,
    settled_at,
    user_name
from store.settlement
where claim_id = $claim_id
order by settlement;
