-- One row: what a person decided about a line of a claim, at any time; the newest about an aspect counts.
select
    decision,
    line_id,
    aspect,
    work_streams,
    eligibility,
    ineligible_amount,
    accounting_date,
    reason,
    decided_at,
    user_name
from decisions
where line_id in (select claim_line.line_id from store.claim_line where claim_line.claim_id = $claim_id)
order by decision;
