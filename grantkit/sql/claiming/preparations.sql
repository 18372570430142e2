-- One row: a preparation of one version of a claim, the newest first.
select
    claim_id,
    prepared_at,
    user_name as prepared_by,
    settings_sha256
from store.claim
where claim = $claim and version = $version
order by claim_id desc;
