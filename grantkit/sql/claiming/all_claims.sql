-- One row: a claim in one of its versions, with the number of its lines.
select
    claim_versions.*,
    (select count(*) from store.claim_line where claim_line.claim_id = claim_versions.claim_id) as lines
from claim_versions
order by claim_id;
