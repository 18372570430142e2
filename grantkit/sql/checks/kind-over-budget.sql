-- severity: high
-- meaning: More of one kind of money (resource or capital) is claimed to date than the award's budget of that kind
--     holds.
-- remedy: Agree a virement between the kinds with the funder (grantkit budget move --to-kind), or give the excess
--     back.
with
budget as (
    select
        kind,
        sum(amount) as amount
    from (
        select
            'resource' as kind,
            resource as amount
        from stream
        union all
        select
            'capital' as kind,
            capital as amount
        from stream
        union all
        select
            from_kind as kind,
            -amount as amount
        from store.budget_move
        where dated <= getvariable('as_at')
        union all
        select
            to_kind as kind,
            amount
        from store.budget_move
        where dated <= getvariable('as_at')
    )
    group by kind
)

select
    cast([] as bigint[]) as lines,
    cast(claimed.amount - budget.amount as decimal(18, 2)) as amount,
    claimed.amount || ' of ' || budget.kind || ' is claimed, and the award has ' || budget.amount as message
from budget
inner join (
    select
        cost_type,
        sum(amount) as amount
    from line_claimed
    group by cost_type
) as claimed
    on budget.kind = claimed.cost_type
where claimed.amount > budget.amount
order by budget.kind desc;
