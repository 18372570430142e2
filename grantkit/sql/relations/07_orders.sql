-- What order lines have received, been invoiced and still hold, at the date that figures are asked for (`as_at`).

-- One row: an order line with the net of the invoice lines that say that they belong to it, dated up to then.
create or replace temp view order_direct as
select
    order_coding.line_id,
    order_coding.po,
    order_coding.net,
    coalesce(sum(invoice_coding.net), 0) as direct
from order_coding
left join invoice_coding
    on order_coding.line_id = invoice_coding.order_line_id and invoice_coding.counts_on <= getvariable('as_at')
group by order_coding.line_id, order_coding.po, order_coding.net;

-- One row: an order of several lines, with the net of the invoice lines that name it without saying which.
create or replace temp view order_pool as
select
    pooled_po as po,
    sum(net) as pool
from invoice_coding
where pooled_po is not null and counts_on <= getvariable('as_at')
group by pooled_po;

-- One row: an order line with all that is invoiced of it. The pool of its order fills the room that is left on the
-- lines in the order in which they came in; an excess, or a sum below 0, falls on the last (contract, section 4).
create or replace temp view order_invoiced as
with
room as (
    select
        order_direct.line_id,
        order_direct.direct,
        order_pool.pool,
        greatest(order_direct.net - order_direct.direct, 0) as room,
        sum(greatest(order_direct.net - order_direct.direct, 0))
            over (partition by order_direct.po order by order_direct.line_id) as room_so_far,
        order_direct.line_id = max(order_direct.line_id) over (partition by order_direct.po) as is_last
    from order_direct
    left join order_pool on order_direct.po = order_pool.po
)

select
    line_id,
    direct + case
        when pool is null then 0
        when pool < 0 then case when is_last then pool else 0 end
        else
            least(greatest(pool - (room_so_far - room), 0), room)
            + case when is_last then greatest(pool - room_so_far, 0) else 0 end
    end as invoiced
from room;

-- One row: an order line that can hold an accrual or a commitment at that date, with both in pounds.
create or replace temp view order_held as
select
    order_coding.line_id,
    order_coding.order_date,
    order_coding.allocation_key,
    order_coding.is_capital,
    cast(greatest(order_coding.received - order_invoiced.invoiced, 0) as decimal(18, 2)) as accrued,
    cast(
        case
            when order_coding.status = 'open'
                then greatest(order_coding.net - greatest(order_coding.received, order_invoiced.invoiced), 0)
            else 0
        end
        as decimal(18, 2)
    ) as committed
from order_coding
inner join order_invoiced on order_coding.line_id = order_invoiced.line_id
where
    order_coding.status != 'cancelled'
    and order_coding.ineligible_reason is null
    and order_coding.order_date between getvariable('award_starts') and getvariable('award_ends')
    and order_coding.order_date <= getvariable('as_at');

-- One row: the part of an order line's accrual and commitment that goes to one stream, in pounds.
create or replace temp view order_allocated as
with
shared as (
    select
        order_held.line_id,
        order_held.order_date,
        order_held.is_capital,
        unnest(allocation_key.work_streams) as work_stream,
        unnest(shares_of(order_held.accrued, allocation_key.weights)) as accrued,
        unnest(shares_of(order_held.committed, allocation_key.weights)) as committed
    from order_held
    inner join allocation_key on order_held.allocation_key = allocation_key.allocation_key
    where order_held.accrued > 0 or order_held.committed > 0
)

select
    line_id,
    order_date,
    is_capital,
    work_stream,
    sum(accrued) as accrued,
    sum(committed) as committed
from shared
group by all;
