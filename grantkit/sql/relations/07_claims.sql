-- Claims that stand, and what of them counts.

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
