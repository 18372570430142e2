-- One row: a file that went to the funder with a claim, withdrawn or not: its workbook, or the funder's form.
select submission.workbook
from store.claim_submission as submission
union
select claim.facts ->> '$.form.workbook' as workbook
from store.claim
inner join store.claim_submission as submission on claim.claim_id = submission.claim_id
where claim.facts ->> '$.form.workbook' is not null;
