-- One row: a finding that a person settled, the newest last.
select
    code,
    fingerprint,
    reason,
    user_name
from store.finding_settled
order by entry;
