-- One row: a claim that was submitted and stands, in the order of submission.
select
    claim_id,
    claim,
    status
from claim_versions
where status in ('submitted', 'settled')
order by claim_id;
