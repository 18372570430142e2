-- What a claim takes: every eligible, allocated share of a line up to `as_at` (the claim's `to`), in so far as it
-- has not been claimed before (contract, section 5); `take` then holds it within the caps. Variables: as_at,
-- claim_starts, claim_basis, paid_limit (the last payment date that counts), award_left (pounds of the award that no
-- claim holds).

-- Whether an invoice line's date on the claim basis has come: by payment, else by the accounting date that counts.
create or replace temp macro has_come(counts_on, paid_date) as
case
    when getvariable('claim_basis') = 'paid'
        then paid_date is not null and paid_date <= getvariable('paid_limit')
    else counts_on <= getvariable('as_at')
end;

-- One row: what a line is worth to the grant now in one stream and kind of money.
create or replace temp table claim_worth as
select
    line_id,
    work_stream,
    case when is_capital then 'capital' else 'resource' end as cost_type,
    false as is_accrual,
    eligible as worth
from allocation
where has_come(counts_on, paid_date)
union all
select
    line_id,
    work_stream,
    case when is_capital then 'capital' else 'resource' end as cost_type,
    true as is_accrual,
    accrued as worth
from order_allocated
where getvariable('claim_basis') = 'accrued';

-- One row: a line, stream and kind of money in which what it is worth differs from what claims that stand hold.
-- `turn` is the order in which amounts are taken: money back, adjustments, the rest, accruals.
create or replace temp table claim_item as
with
worth as (
    select
        line_id,
        work_stream,
        cost_type,
        is_accrual,
        worth
    from claim_worth
    where work_stream != 'UNALLOCATED' and worth != 0
),

difference as (
    select
        coalesce(worth.line_id, line_claimed.line_id) as line_id,
        coalesce(worth.work_stream, line_claimed.work_stream) as work_stream,
        coalesce(worth.cost_type, line_claimed.cost_type) as cost_type,
        coalesce(worth.is_accrual, line_claimed.is_accrual) as is_accrual,
        coalesce(worth.worth, 0) - coalesce(line_claimed.amount, 0) as amount
    from worth
    full join line_claimed
        on
            worth.line_id = line_claimed.line_id
            and worth.work_stream = line_claimed.work_stream
            and worth.cost_type = line_claimed.cost_type
            and worth.is_accrual = line_claimed.is_accrual
),

-- a line's date on the claim basis, whether or not it is worth anything now
line_date as (
    select
        line_id,
        case when getvariable('claim_basis') = 'paid' then paid_date else counts_on end as dated
    from invoice_coding
    union all
    select
        line_id,
        order_date as dated
    from order_coding
),

claimed_line as (
    select distinct claim_line.line_id
    from store.claim_line
    where claim_line.claim_id in (select claim_submitted.claim_id from claim_submitted)
),

kinded as (
    select
        difference.*,
        line_date.dated,
        case
            when difference.is_accrual then 'accrual'
            when claimed_line.line_id is not null then 'adjustment'
            when line_date.dated < getvariable('claim_starts') then 'late'
            else 'current'
        end as kind
    from difference
    left join line_date on difference.line_id = line_date.line_id
    left join claimed_line on difference.line_id = claimed_line.line_id
    where difference.amount != 0
)

select
    kinded.*,
    coalesce(stream.position, 2147483647) as position,
    case
        when kinded.amount < 0 then 0
        when kinded.kind = 'adjustment' then 1
        when kinded.kind = 'accrual' then 3
        else 2
    end as turn
from kinded
left join stream on kinded.work_stream = stream.work_stream;

-- One row: a stream with the pounds that it may still take in this claim, money given back in it included.
create or replace temp table claim_room as
select
    stream.work_stream,
    greatest(
        claim_cap.cap
        - claim_cap.claimed_before
        - coalesce(sum(claim_item.amount) filter (where claim_item.turn = 0), 0),
        0
    ) as room
from stream
inner join claim_cap on stream.work_stream = claim_cap.work_stream
left join claim_item on stream.work_stream = claim_item.work_stream
group by stream.work_stream, claim_cap.cap, claim_cap.claimed_before;

-- The pounds that the award still has room for, money given back in this claim included.
set variable award_room = (
    select greatest(getvariable('award_left') - coalesce(sum(amount) filter (where turn = 0), 0), 0)
    from claim_item
);
