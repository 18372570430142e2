-- One row: grant.toml as it stood from one command that changed the ledger to the next that found it otherwise, with
-- the claims whose newest preparation rests on it.
select
    settings_version.version,
    settings_version.sha256,
    settings_version.text,
    settings_version.noted_at,
    settings_version.user_name,
    settings_version.command,
    (
        select list(claims.claim order by claims.claim_id)
        from claims
        inner join store.claim on claims.claim_id = claim.claim_id
        where
            claim.settings_sha256 = settings_version.sha256
            and claims.status != 'withdrawn'
    ) as claims
from store.settings_version
order by settings_version.version;
