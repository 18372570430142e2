-- What the coding of lines rests on, in the ledger: the audit log's newest entry of those that touch lines. Each
-- entry's hash covers all before it.
select hash
from store.audit_log
where command in ('import', 'import --missing', 'undo', 'decide')
order by entry desc
limit 1;
