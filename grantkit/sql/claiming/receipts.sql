-- One row: one answer of the funder to a claim that stands, with what it paid (null: nothing said of it) and what it
-- disallowed, in pounds.
select
    claim_submitted.claim,
    settlement.dated,
    settlement.received,
    coalesce(lost.amount, 0) as disallowed,
    settlement.reason,
    settlement.user_name as entered_by
from store.settlement
inner join claim_submitted on settlement.claim_id = claim_submitted.claim_id
left join (
    select
        settlement,
        sum(amount) as amount
    from store.disallowance
    group by settlement
) as lost
    on settlement.settlement = lost.settlement
order by settlement.claim_id, settlement.settlement;
