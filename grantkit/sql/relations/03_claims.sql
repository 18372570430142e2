-- Claims that stand, and what of them counts. With the relations before it this is the record: what happened.

-- One row: a claim that was submitted and not withdrawn.
create or replace temp view claim_submitted as
select
    claim.*,
    claim_submission.submitted_at,
    claim_submission.workbook,
    claim_submission.sha256
from store.claim
inner join store.claim_submission on claim.claim_id = claim_submission.claim_id
where claim.claim_id not in (select claim_withdrawal.claim_id from store.claim_withdrawal);

-- One row: what claims that stand hold of one line in one stream and kind of money, less what was disallowed.
create or replace temp view line_claimed as
select
    part.line_id,
    part.work_stream,
    part.cost_type,
    part.is_accrual,
    sum(part.amount) as amount
from (
    select
        claim_line.line_id,
        claim_line.work_stream,
        claim_line.cost_type,
        claim_line.kind = 'accrual' as is_accrual,
        claim_line.amount
    from store.claim_line
    where claim_line.claim_id in (select claim_submitted.claim_id from claim_submitted)
    union all
    select
        disallowance.line_id,
        disallowance.work_stream,
        disallowance.cost_type,
        disallowance.line_id in (select order_line.line_id from store.order_line) as is_accrual,
        -disallowance.amount as amount
    from store.disallowance
    where disallowance.claim_id in (select claim_submitted.claim_id from claim_submitted)
) as part
group by part.line_id, part.work_stream, part.cost_type, part.is_accrual;

-- One row: what one claim that stands took in one stream, what of it was disallowed, in pounds.
create or replace temp view claim_stream_counting as
select
    claim_submitted.claim_id,
    claim_submitted.ends,
    claim_stream.work_stream,
    claim_stream.position,
    claim_stream.this_claim as claimed,
    coalesce(lost.amount, 0) as disallowed
from claim_submitted
inner join store.claim_stream on claim_submitted.claim_id = claim_stream.claim_id
left join (
    select
        disallowance.claim_id,
        disallowance.work_stream,
        sum(disallowance.amount) as amount
    from store.disallowance
    group by disallowance.claim_id, disallowance.work_stream
) as lost
    on claim_stream.claim_id = lost.claim_id and claim_stream.work_stream = lost.work_stream;

create or replace temp view claim_versions as
select
    claim.claim_id,
    claim.claim,
    claim.version,
    case
        when withdrawal.claim_id is not null then 'withdrawn'
        when submission.claim_id is null then 'draft'
        when claim.claim_id in (select settlement.claim_id from store.settlement) then 'settled'
        else 'submitted'
    end as status,
    claim.starts,
    claim.ends,
    claim.basis,
    coalesce(amount.this_claim, 0) as this_claim,
    coalesce(lost.disallowed, 0) as disallowed,
    coalesce(paid.received, 0) as received,
    coalesce(amount.this_claim, 0) - coalesce(lost.disallowed, 0) - coalesce(paid.received, 0) as outstanding,
    claim.unallocated,
    claim.facts,
    claim.settings_sha256,
    claim.prepared_at,
    claim.user_name as prepared_by,
    submission.submitted_at,
    submission.user_name as submitted_by,
    submission.approved_by,
    submission.workbook,
    submission.sha256,
    withdrawal.withdrawn_at,
    withdrawal.reason as withdrawal_reason
from store.claim
left join store.claim_submission as submission on claim.claim_id = submission.claim_id
left join store.claim_withdrawal as withdrawal on claim.claim_id = withdrawal.claim_id
left join (
    select
        claim_id,
        sum(this_claim) as this_claim
    from store.claim_stream
    group by claim_id
) as amount
    on claim.claim_id = amount.claim_id
left join (
    select
        claim_id,
        sum(amount) as disallowed
    from store.disallowance
    group by claim_id
) as lost
    on claim.claim_id = lost.claim_id
left join (
    select
        claim_id,
        sum(received) as received
    from store.settlement
    group by claim_id
) as paid
    on claim.claim_id = paid.claim_id
where
    claim.claim_id in (
        select max(newest.claim_id) from store.claim as newest group by newest.claim, newest.version
    );
comment on view claim_versions is 'One row: a claim in one of its versions, withdrawn ones included; sums in pounds.';

create or replace temp view claims as
select *
from claim_versions
where
    claim_id in (select max(newest.claim_id) from store.claim as newest group by newest.claim)
    and status != 'withdrawn';
comment on view claims is 'One row: a claim in the version that counts; sums in pounds.';
