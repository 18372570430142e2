-- One row: what one claim that stands took in one heading (work stream and kind of money), and what of it was
-- disallowed, in pounds.
create or replace temp view claim_heading as
select
    part.claim_id,
    part.work_stream,
    part.cost_type,
    cast(sum(part.claimed) as decimal(18, 2)) as claimed,
    cast(sum(part.disallowed) as decimal(18, 2)) as disallowed
from (
    select
        claim_id,
        work_stream,
        cost_type,
        amount as claimed,
        0 as disallowed
    from store.claim_line
    union all
    select
        claim_id,
        work_stream,
        cost_type,
        0 as claimed,
        amount as disallowed
    from store.disallowance
) as part
where part.claim_id in (select claim_submitted.claim_id from claim_submitted)
group by part.claim_id, part.work_stream, part.cost_type;
