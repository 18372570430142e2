-- One row: what a person decided about a line, oldest first; `counts` until a newer decision about the same.
select
    decision,
    aspect,
    work_streams,
    eligibility,
    ineligible_amount,
    accounting_date,
    reason,
    user_name,
    decided_at,
    counts
from decisions
where line_id = $line_id
order by decision;
