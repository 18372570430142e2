-- One row: a line that makes up a stream's variance at the date asked for, the $most largest of each driver, with the
-- sum and the number of all of that driver in the stream; pounds. `driver`:
--   timing: an order line with something received or ordered that is not invoiced yet;
--   price: an order line that is invoiced above what was ordered, or is closed with all that was received invoiced, at
--     another price than it was ordered: invoiced (net, as orders are) less ordered, shared over the streams as the
--     order is;
--   scope: an invoice line with eligible cost that belongs to no order of the ledger.
-- `line_ids` are the invoice lines that belong to the order, of a difference in price.
with
repriced as (
    select
        order_coding.line_id,
        order_coding.po,
        order_coding.order_date,
        order_coding.net as ordered,
        order_invoiced.invoiced,
        order_coding.allocation_key,
        cast(order_invoiced.invoiced - order_coding.net as decimal(18, 2)) as difference
    from order_coding
    inner join order_invoiced on order_coding.line_id = order_invoiced.line_id
    where
        order_invoiced.invoiced != 0
        and order_invoiced.invoiced != order_coding.net
        and (
            (order_coding.status = 'closed' and order_coding.received <= order_invoiced.invoiced)
            or (order_coding.net > 0 and order_invoiced.invoiced > order_coding.net)
            or (order_coding.net < 0 and order_invoiced.invoiced < order_coding.net)
        )
        and order_coding.status != 'cancelled'
        and order_coding.ineligible_reason is null
        and order_coding.order_date between getvariable('award_starts') and getvariable('award_ends')
        and order_coding.order_date <= getvariable('as_at')
),

shared as (
    select
        repriced.line_id,
        repriced.order_date,
        repriced.ordered,
        repriced.invoiced,
        unnest(allocation_key.work_streams) as work_stream,
        unnest(shares_of(repriced.difference, allocation_key.weights)) as amount
    from repriced
    inner join allocation_key on repriced.allocation_key = allocation_key.allocation_key
),

found as (
    select
        'timing' as driver,
        work_stream,
        line_id,
        order_date as dated,
        accrued,
        committed,
        cast(null as decimal(18, 2)) as ordered,
        cast(null as decimal(38, 2)) as invoiced,
        cast(accrued + committed as decimal(38, 2)) as amount
    from order_allocated
    union all
    select
        'price' as driver,
        work_stream,
        line_id,
        order_date as dated,
        null as accrued,
        null as committed,
        ordered,
        invoiced,
        cast(sum(amount) as decimal(38, 2)) as amount
    from shared
    group by work_stream, line_id, order_date, ordered, invoiced
    union all
    select
        'scope' as driver,
        allocation.work_stream,
        allocation.line_id,
        allocation.counts_on as dated,
        null as accrued,
        null as committed,
        null as ordered,
        null as invoiced,
        cast(sum(allocation.eligible) as decimal(38, 2)) as amount
    from allocation
    inner join invoice_coding on allocation.line_id = invoice_coding.line_id
    where
        allocation.counts_on <= getvariable('as_at')
        and allocation.eligible != 0
        and invoice_coding.order_line_id is null
        and invoice_coding.pooled_po is null
    group by allocation.work_stream, allocation.line_id, allocation.counts_on
),

largest as (
    select
        *,
        sum(amount) over (partition by work_stream, driver) as whole,
        count(*) over (partition by work_stream, driver) as lines
    from found
    where amount != 0
    qualify row_number() over (partition by work_stream, driver order by abs(amount) desc, line_id) <= $most
),

belonging as (
    select
        repriced.line_id as order_line_id,
        invoice_coding.line_id
    from invoice_coding
    inner join repriced on invoice_coding.order_line_id = repriced.line_id
    where invoice_coding.counts_on <= getvariable('as_at')
    union all
    select
        repriced.line_id as order_line_id,
        invoice_coding.line_id
    from invoice_coding
    inner join repriced on invoice_coding.pooled_po = repriced.po
    where invoice_coding.counts_on <= getvariable('as_at')
),

belonging_to as (
    select
        order_line_id,
        list(line_id order by line_id) as line_ids
    from belonging
    group by order_line_id
)

select
    largest.driver,
    largest.work_stream,
    largest.line_id,
    cell.document,
    cell.line,
    cell.supplier,
    largest.dated,
    largest.accrued,
    largest.committed,
    largest.ordered,
    largest.invoiced,
    largest.amount,
    case when largest.driver = 'price' then belonging_to.line_ids end as line_ids,
    largest.whole,
    largest.lines
from line_cell as cell
inner join line_current as held_version on cell.line_id = held_version.line_id and cell.batch = held_version.batch
inner join largest on cell.line_id = largest.line_id
left join belonging_to on largest.line_id = belonging_to.order_line_id
order by largest.work_stream, largest.driver, abs(largest.amount) desc, largest.line_id;
