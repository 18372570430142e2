-- One row: a settled claim of which something is outstanding still, with what the officer said of the last payment.
select
    claims.claim,
    claims.outstanding,
    (
        select arg_max(settlement.reason, settlement.settlement)
        from store.settlement
        where settlement.claim_id = claims.claim_id and settlement.received is not null
    ) as reason
from claims
where claims.status = 'settled' and claims.outstanding != 0
order by claims.claim_id;
