-- What lines were worth to date when a submitted claim (`before_claim_id`) was prepared, and what they are worth now at
-- the same date: `due` must have been run for it.

-- One row: what that claim and those before it took of a line in one stream and kind of money, less what had been
-- disallowed by then, and what the claim held back.
create or replace temp table compare_before as
with
submitted as (
    select
        claim_id,
        coalesce(cast(facts ->> '$.rests_on.settlement' as integer), 0) as newest_settlement
    from store.claim
    where claim_id = getvariable('before_claim_id')
),

part as (
    select
        claim_line.line_id,
        claim_line.work_stream,
        claim_line.cost_type,
        claim_line.amount
    from store.claim_line
    inner join claim_submitted on claim_line.claim_id = claim_submitted.claim_id
    where claim_line.claim_id <= getvariable('before_claim_id')
    union all
    select
        disallowance.line_id,
        disallowance.work_stream,
        disallowance.cost_type,
        -disallowance.amount as amount
    from store.disallowance
    inner join claim_submitted on disallowance.claim_id = claim_submitted.claim_id
    inner join submitted on disallowance.settlement <= submitted.newest_settlement
    union all
    select
        left_out.line_id,
        left_out.work_stream,
        left_out.cost_type,
        left_out.amount
    from store.claim_left_out as left_out
    where left_out.claim_id = getvariable('before_claim_id') and left_out.kind = 'held-back'
)

select
    line_id,
    work_stream,
    cost_type,
    sum(amount) as amount
from part
group by line_id, work_stream, cost_type;

create or replace temp table compare_now as
select
    line_id,
    work_stream,
    cost_type,
    worth as amount
from claim_worth
where work_stream != 'UNALLOCATED' and worth != 0;
