-- What a claim leaves out, after `due` and `take`.

-- One row: what of a line is not eligible in one stream and kind of money, to date on the claim basis, and why.
create or replace temp table claim_ineligible as
with
in_time as (
    select *
    from allocation
    where amount != eligible and has_come(counts_on, paid_date)
)

select
    in_time.line_id,
    in_time.work_stream,
    case when in_time.is_capital then 'capital' else 'resource' end as cost_type,
    cast(in_time.amount - in_time.eligible - in_time.disallowed as decimal(18, 2)) as amount,
    ineligible_reason.reason
from in_time
left join ineligible_reason on in_time.ineligible_key = ineligible_reason.ineligible_key
where in_time.amount - in_time.eligible != in_time.disallowed
union all
select
    line_id,
    work_stream,
    case when is_capital then 'capital' else 'resource' end as cost_type,
    disallowed as amount,
    'Disallowed by the funder' as reason
from in_time
where disallowed != 0;

-- One row: what the claim leaves out of a line in one stream and kind of money.
create or replace temp table claim_leaves as
select
    item.line_id,
    item.work_stream,
    item.cost_type,
    cast(item.amount - coalesce(claim_taken.amount, 0) as decimal(18, 2)) as amount,
    'held-back' as kind,
    null as reason
from claim_item as item
left join claim_taken
    on
        item.line_id = claim_taken.line_id
        and item.work_stream = claim_taken.work_stream
        and item.cost_type = claim_taken.cost_type
where item.amount != coalesce(claim_taken.amount, 0)
union all
select
    line_id,
    work_stream,
    cost_type,
    amount,
    'ineligible' as kind,
    reason
from claim_ineligible
union all
select
    line_id,
    work_stream,
    cost_type,
    worth as amount,
    'unallocated' as kind,
    null as reason
from claim_worth
where work_stream = 'UNALLOCATED' and worth != 0;
