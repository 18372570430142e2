-- severity: high
-- meaning: A line that a submitted claim holds is worth something else to the grant than was claimed: it was restated,
--     moved, made ineligible or taken back since, and no later claim has put it right.
-- remedy: See grantkit claim diff; the next claim holds the difference as an adjustment.
with
newest as (
    select
        claim_id,
        claim,
        ends
    from claim_submitted
    order by claim_id desc
    limit 1
),

worth as (
    select
        allocation.line_id,
        allocation.work_stream,
        case when allocation.is_capital then 'capital' else 'resource' end as cost_type,
        allocation.eligible as amount
    from allocation
    cross join newest
    where
        allocation.work_stream != 'UNALLOCATED'
        and case
            when getvariable('claim_basis') = 'paid' then allocation.paid_date <= newest.ends
            else allocation.counts_on <= newest.ends
        end
),

held as (
    select
        line_id,
        work_stream,
        cost_type,
        amount
    from line_claimed
    where not is_accrual
    union all
    select
        left_out.line_id,
        left_out.work_stream,
        left_out.cost_type,
        left_out.amount
    from store.claim_left_out as left_out
    inner join newest on left_out.claim_id = newest.claim_id
    where left_out.kind = 'held-back'
),

difference as (
    select
        line_id,
        work_stream,
        cost_type,
        sum(amount) as amount
    from (
        select * from worth
        union all by name
        select
            line_id,
            work_stream,
            cost_type,
            -amount as amount
        from held
    )
    where line_id in (select line_claimed.line_id from line_claimed where not line_claimed.is_accrual)
    group by line_id, work_stream, cost_type
    having sum(amount) != 0
)

select
    [line_id] as lines,
    cast(sum(amount) as decimal(18, 2)) as amount,
    'claimed otherwise than it is worth now: '
    || string_agg(
        work_stream || ' ' || cost_type || ' by ' || cast(amount as decimal(18, 2)),
        ', ' order by work_stream, cost_type
    ) as message
from difference
group by line_id
order by line_id;
