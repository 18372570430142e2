-- Keeps the settings' text where it is not the one that was kept last; gives the new version's number and hash.
insert into store.settings_version
select
    coalesce(max(version), 0) + 1 as version,
    getvariable('settings_sha256') as sha256,
    getvariable('settings_text') as text,
    cast($noted_at as timestamp) as noted_at,
    cast($user_name as varchar) as user_name,
    cast($command as varchar) as command
from store.settings_version
having
    getvariable('settings_sha256') is not null
    and arg_max(sha256, version) is distinct from getvariable('settings_sha256')
returning version, sha256;
