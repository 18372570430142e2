-- One row: a step from the ledger's total to what is claimable to date, in pounds; the steps add up.
with
counted as (
    select
        allocation.*,
        has_come(counts_on, paid_date) as in_time
    from allocation
),

step as (
    select
        1 as place,
        'Cost of all invoice lines in the ledger' as step,
        null as detail,
        coalesce(sum(amount), 0) as amount
    from counted
    union all
    select
        2 as place,
        case
            when getvariable('claim_basis') = 'paid' then 'Less: not paid by the claim''s last day'
            else 'Less: dated after the claim''s last day'
        end as step,
        null as detail,
        -coalesce(sum(amount) filter (where not in_time), 0) as amount
    from counted
    union all
    select
        3 as place,
        'Less: not eligible' as step,
        reason as detail,
        -sum(amount) as amount
    from claim_ineligible
    group by reason
    union all
    select
        4 as place,
        'Less: allocated to no work stream' as step,
        null as detail,
        -coalesce(sum(eligible) filter (where in_time and work_stream = 'UNALLOCATED'), 0) as amount
    from counted
    union all
    select
        5 as place,
        'Add: received and not yet invoiced (accruals)' as step,
        null as detail,
        coalesce(sum(worth), 0) as amount
    from claim_worth
    where is_accrual and work_stream != 'UNALLOCATED'
)

select
    step,
    detail,
    cast(amount as decimal(38, 2)) as amount
from step
order by place, detail;
