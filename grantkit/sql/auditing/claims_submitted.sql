-- One row: a claim that went to the funder, withdrawn or not, with its workbook, the hash of its lines as kept, and the
-- funder's own form where it went with one, as it was prepared (`claiming/submitted_form` has it as it went).
select
    claim.claim_id,
    claim.claim,
    claim.version,
    submission.workbook,
    submission.sha256,
    claim.facts ->> '$.form.workbook' as form,
    claim.facts ->> '$.form.sha256' as form_sha256,
    claim.facts ->> '$.lines_sha256' as lines_sha256
from store.claim
inner join store.claim_submission as submission on claim.claim_id = submission.claim_id
order by claim.claim_id;
