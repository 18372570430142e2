-- Where the cost of invoice lines goes, and how much of it is eligible.

-- One row: an invoice line with its cost, what of it is not eligible (pounds), and the streams that it goes to.
create or replace temp view invoice_costed as
select
    invoice_coding.line_id,
    invoice_coding.cost,
    invoice_coding.counts_on,
    invoice_coding.paid_date,
    invoice_coding.is_capital,
    invoice_coding.ineligible_key,
    allocation_key.allocation_key,
    allocation_key.work_streams,
    allocation_key.weights,
    allocation_key.period,
    -- null: all of it
    case
        when invoice_coding.ineligible_key is null then 0
        when invoice_coding.ineligible_key >= 0 or invoice_coding.ineligible_amount is null then null
        when (invoice_coding.ineligible_amount < 0) != (invoice_coding.cost < 0) or invoice_coding.cost = 0 then 0
        when abs(invoice_coding.ineligible_amount) > abs(invoice_coding.cost) then null
        else invoice_coding.ineligible_amount
    end as ineligible
from invoice_coding
inner join allocation_key on invoice_coding.allocation_key = allocation_key.allocation_key;

-- One row: one stream's share of so many pence (`residue`, below the key's period) under an allocation key, and the
-- whole pence (`per_period`) that it gets out of each full period. Worked out once for all lines that share alike.
create or replace temp table residue_share as
select
    allocation_key,
    residue,
    unnest(work_streams) as work_stream,
    unnest(share_rest(residue, weights)) as pence,
    unnest(list_transform(weights, lambda w: w * period // 1000000)) as per_period
from (
    select distinct
        allocation_key,
        work_streams,
        weights,
        period,
        pence_of(cost) % period as residue
    from invoice_costed
    where len(weights) > 1
);

-- One row: the part of a line's cost that goes to one stream. `amount` is the cost, `eligible` what of it the grant
-- may pay, both in pounds; what a funder disallowed is not yet taken off.
create or replace temp view allocated as
select
    line_id,
    counts_on,
    paid_date,
    is_capital,
    ineligible_key,
    work_streams[1] as work_stream,
    cost as amount,
    cast(cost - coalesce(ineligible, cost) as decimal(18, 2)) as eligible
from invoice_costed
where len(weights) = 1
union all
select
    line.line_id,
    line.counts_on,
    line.paid_date,
    line.is_capital,
    line.ineligible_key,
    share.work_stream,
    pounds_of(share.pence + pence_of(line.cost) // line.period * share.per_period, line.cost) as amount,
    case
        when line.ineligible = 0
            then pounds_of(share.pence + pence_of(line.cost) // line.period * share.per_period, line.cost)
        else 0
    end as eligible
from invoice_costed as line
inner join residue_share as share
    on line.allocation_key = share.allocation_key and pence_of(line.cost) % line.period = share.residue
where len(line.weights) > 1 and coalesce(line.ineligible, 0) = 0
union all
select
    line_id,
    counts_on,
    paid_date,
    is_capital,
    ineligible_key,
    unnest(work_streams) as work_stream,
    unnest(shares_of(cost, weights)) as amount,
    unnest(
        list_transform(
            list_zip(shares_of(cost, weights), shares_of(ineligible, weights)),
            lambda pair: cast(pair[1] - pair[2] as decimal(18, 2))
        )
    ) as eligible
from invoice_costed
where len(weights) > 1 and ineligible != 0;
