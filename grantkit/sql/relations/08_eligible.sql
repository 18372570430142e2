-- What the grant may pay of each invoice line in each stream, after what the funder disallowed.

-- One row: one disallowance as it bears on one stream of an invoice line today: on the streams in which the claim
-- took the line, or, where the line no longer goes to one of them, the whole of it on its streams as its cost does.
create or replace temp view disallowed_now as
with
part as (
    select
        disallowance.disallowance,
        disallowance.line_id,
        disallowance.work_stream,
        disallowance.amount,
        invoice_costed.work_streams,
        invoice_costed.weights,
        bool_and(list_contains(invoice_costed.work_streams, disallowance.work_stream))
            over (partition by disallowance.disallowance) as stays
    from invoice_costed
    inner join store.disallowance on invoice_costed.line_id = disallowance.line_id
    where disallowance.claim_id in (select claim_submitted.claim_id from claim_submitted)
),

moved as (
    select
        disallowance,
        line_id,
        any_value(work_streams) as work_streams,
        any_value(weights) as weights,
        cast(sum(amount) as decimal(18, 2)) as amount
    from part
    where not stays
    group by disallowance, line_id
)

select
    line_id,
    work_stream,
    amount
from part
where stays
union all
select
    line_id,
    unnest(work_streams) as work_stream,
    unnest(shares_of(amount, weights)) as amount
from moved;

-- One row: a stream of an invoice line in which something was disallowed, with the pounds that this makes
-- ineligible there: as far as what would be eligible reaches.
create or replace temp table disallowed_in_stream as
with
part as (
    select
        line_id,
        counts_on,
        unnest(work_streams) as work_stream,
        unnest(shares_of(cost, weights)) as amount,
        unnest(shares_of(coalesce(ineligible, cost), weights)) as ineligible
    from invoice_costed
    semi join store.disallowance on invoice_costed.line_id = disallowance.line_id
),

eligible as (
    select
        line_id,
        counts_on,
        work_stream,
        sum(amount - ineligible) as eligible
    from part
    group by line_id, counts_on, work_stream
)

select
    eligible.line_id,
    eligible.counts_on,
    eligible.work_stream,
    cast(least(sum(disallowed_now.amount), greatest(eligible.eligible, 0)) as decimal(18, 2)) as amount
from disallowed_now
inner join eligible
    on disallowed_now.line_id = eligible.line_id and disallowed_now.work_stream = eligible.work_stream
group by eligible.line_id, eligible.counts_on, eligible.work_stream, eligible.eligible;

-- One row: the part of an invoice line's cost that goes to one stream: `amount` the cost, `eligible` what of it the
-- grant may pay, `disallowed` what the funder took off, in pounds; `ineligible_key` says why the rest is not eligible.
create or replace temp view allocation as
select
    allocated.line_id,
    allocated.counts_on,
    allocated.paid_date,
    allocated.is_capital,
    allocated.work_stream,
    allocated.amount,
    cast(allocated.eligible - coalesce(disallowed.amount, 0) as decimal(18, 2)) as eligible,
    allocated.ineligible_key,
    coalesce(disallowed.amount, 0) as disallowed
from allocated
left join disallowed_in_stream as disallowed
    on allocated.line_id = disallowed.line_id and allocated.work_stream = disallowed.work_stream;
