-- One row: an answer of the funder to a claim that took something of this line, with what it disallowed of the line;
-- pounds. `received` is for the whole claim.
with
taken as (
    select distinct
        claim,
        version
    from claim_version_lines
    where line_id = $line_id
),

lost as (
    select
        settlement,
        sum(amount) as disallowed
    from store.disallowance
    where line_id = $line_id
    group by settlement
)

select
    settlements.settlement,
    settlements.claim,
    settlements.version,
    settlements.dated,
    settlements.received,
    cast(coalesce(lost.disallowed, 0) as decimal(18, 2)) as disallowed,
    settlements.reason
from settlements
inner join taken on settlements.claim = taken.claim and settlements.version = taken.version
left join lost on settlements.settlement = lost.settlement
order by settlements.settlement;
