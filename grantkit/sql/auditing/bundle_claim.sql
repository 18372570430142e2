-- The newest version of a claim of this name, whatever became of it, with what was kept of it as it was prepared.
select
    claim_versions.*,
    (select count(*) from store.claim_line where claim_line.claim_id = claim_versions.claim_id) as lines
from claim_versions
where claim_versions.claim = $claim
order by claim_versions.claim_id desc
limit 1;
