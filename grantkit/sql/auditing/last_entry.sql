-- The newest entry of the audit log: its number and its hash.
select
    entry,
    hash
from store.audit_log
order by entry desc
limit 1;
