-- Whether any entry of the audit log tells of rows: those of older ledgers do not.
select count(*) > 0 as tells
from store.audit_log
where added is not null;
