-- One row: a line that a claim takes as late, adjustment or accrual, with the claim that it is compared with: the last
-- one that holds it, else the last one that stands.
create or replace temp table cause_wanted as
with
held as (
    select
        line_id,
        max(claim_id) as claim_id,
        arg_max(batch, claim_id) as held_batch
    from store.claim_line
    where claim_id in (select claim_submitted.claim_id from claim_submitted)
    group by line_id
)

select
    taken.line_id,
    coalesce(held.claim_id, (select max(claim_submitted.claim_id) from claim_submitted)) as claim_id,
    held.held_batch,
    -- a disallowance comes off what is claimed and off what is eligible: of an invoice it makes no difference
    bool_or(taken.kind = 'accrual') as may_be_disallowed
from claim_taken as taken
left join held on taken.line_id = held.line_id
where taken.kind != 'current'
group by taken.line_id, held.claim_id, held.held_batch;
