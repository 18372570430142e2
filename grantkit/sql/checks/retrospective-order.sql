-- severity: medium
-- meaning: The order is dated after the invoice that it is for: it was raised to pay what was bought already.
-- remedy: Ask who bought it and on whose authority; settle the finding with the answer.
with
ordered as (
    select
        po,
        min(order_date) as order_date
    from order_coding
    group by po
)

select
    [line.line_id] as lines,
    line.cost as amount,
    line.told || ' of '
    || coalesce(line.invoice_date, line.counts_on) || ': order ' || line.po || ' is of '
    || coalesce(own.order_date, ordered.order_date) as message
from checked_line as line
inner join ordered on line.po = ordered.po
left join order_coding as own on line.order_line_id = own.line_id
where coalesce(own.order_date, ordered.order_date) > coalesce(line.invoice_date, line.counts_on)
order by line.line_id;
