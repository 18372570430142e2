-- One row: a stream of a claim that stands and ends by the date asked for, with what it claimed, what of it was
-- disallowed, and what the funder has paid for the whole claim (null: no payment recorded), in pounds.
select
    counting.claim_id,
    counting.work_stream,
    counting.claimed,
    counting.disallowed,
    paid.received
from claim_stream_counting as counting
left join (
    select
        claim_id,
        sum(received) as received
    from store.settlement
    where received is not null
    group by claim_id
) as paid
    on counting.claim_id = paid.claim_id
where counting.ends <= getvariable('as_at')
order by counting.claim_id, counting.position;
