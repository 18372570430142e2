-- One row: a heading (work stream, or UNALLOCATED, and kind of money) with how it used the grant up to the date asked
-- for (as_at), in pounds. Comes after a claim was worked out at that date. `worth` is what could be claimed to date on
-- the claim basis, of it `accrued` accruals; `taken` is what a claim would take now; `claimed` and `disallowed` are of
-- claims that stand.
with
eligible as (
    select
        work_stream,
        case when is_capital then 'capital' else 'resource' end as cost_type,
        sum(eligible) as eligible
    from allocation
    where counts_on <= getvariable('as_at')
    group by all
),

worth as (
    select
        work_stream,
        cost_type,
        sum(worth) as worth,
        sum(worth) filter (where is_accrual) as accrued
    from claim_worth
    group by work_stream, cost_type
),

taken as (
    select
        work_stream,
        cost_type,
        sum(amount) as taken
    from claim_taken
    group by work_stream, cost_type
),

held_back as (
    select
        work_stream,
        cost_type,
        sum(amount) as held_back
    from claim_leaves
    where kind = 'held-back'
    group by work_stream, cost_type
),

claimed as (
    select
        work_stream,
        cost_type,
        sum(claimed) as claimed,
        sum(disallowed) as disallowed
    from claim_heading
    group by work_stream, cost_type
),

code as (
    select
        position,
        work_stream,
        name
    from stream
    union all
    select distinct
        2147483646 as position,
        work_stream,
        'No longer in grant.toml' as name
    from claimed
    where work_stream not in (select stream.work_stream from stream)
    union all
    select
        2147483647 as position,
        'UNALLOCATED' as work_stream,
        'No work stream' as name
)

select
    code.work_stream,
    code.name,
    kind.cost_type,
    coalesce(eligible.eligible, 0) as eligible,
    coalesce(worth.worth, 0) as worth,
    coalesce(worth.accrued, 0) as accrued,
    coalesce(claimed.claimed, 0) as claimed,
    coalesce(claimed.disallowed, 0) as disallowed,
    coalesce(taken.taken, 0) as taken,
    coalesce(held_back.held_back, 0) as held_back
from code
cross join (select unnest(['resource', 'capital']) as cost_type) as kind
left join eligible on code.work_stream = eligible.work_stream and kind.cost_type = eligible.cost_type
left join worth on code.work_stream = worth.work_stream and kind.cost_type = worth.cost_type
left join taken on code.work_stream = taken.work_stream and kind.cost_type = taken.cost_type
left join held_back on code.work_stream = held_back.work_stream and kind.cost_type = held_back.cost_type
left join claimed on code.work_stream = claimed.work_stream and kind.cost_type = claimed.cost_type
order by code.position, code.work_stream, kind.cost_type desc;
