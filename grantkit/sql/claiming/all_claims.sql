-- One row: a claim (the newest preparation of each name and version) with its state and sums in pounds.
select
    claim.claim_id,
    claim.claim,
    claim.version,
    claim.starts,
    claim.ends,
    claim.basis,
    claim.unallocated,
    claim.facts,
    claim.prepared_at,
    claim.user_name as prepared_by,
    submission.submitted_at,
    submission.user_name as submitted_by,
    submission.workbook,
    submission.sha256,
    withdrawal.withdrawn_at,
    withdrawal.reason as withdrawal_reason,
    (select count(*) from store.claim_line where claim_line.claim_id = claim.claim_id) as lines,
    (select sum(this_claim) from store.claim_stream where claim_stream.claim_id = claim.claim_id) as this_claim,
    coalesce(
        (select sum(amount) from store.disallowance where disallowance.claim_id = claim.claim_id), 0
    ) as disallowed,
    coalesce((select sum(received) from store.settlement where settlement.claim_id = claim.claim_id), 0) as received,
    case
        when withdrawal.claim_id is not null then 'withdrawn'
        when submission.claim_id is null then 'draft'
        when claim.claim_id in (select settlement.claim_id from store.settlement) then 'settled'
        else 'submitted'
    end as status
from store.claim
left join store.claim_submission as submission on claim.claim_id = submission.claim_id
left join store.claim_withdrawal as withdrawal on claim.claim_id = withdrawal.claim_id
where
    claim.claim_id in (
        select max(newest.claim_id) from store.claim as newest group by newest.claim, newest.version
    )
order by claim.claim_id;
