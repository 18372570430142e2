-- One row: the SHA-256 of the funder's form as a claim was submitted with it, out of its entry in the audit log.
select json_extract_string(audit_log.result, '$.form.sha256') as sha256
from store.audit_log
where
    audit_log.command = 'claim submit'
    and json_extract_string(audit_log.result, '$.claim_id') = cast($claim_id as varchar);
