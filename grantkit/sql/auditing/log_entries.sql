-- One row: an entry of the audit log, with what its hash covers.
select
    entry,
    logged_at,
    user_name,
    audit_log.system_user,
    command,
    cast(arguments as varchar) as arguments,
    cast(result as varchar) as result,
    grantkit_version,
    previous_hash,
    hash,
    cast(added as varchar) as added
from store.audit_log
order by entry;
