-- severity: high
-- meaning: More is invoiced on an order line than was ordered.
-- remedy: Have the order raised by whoever may, or the excess credited.
select
    [coding.line_id] as lines,
    cast(invoiced.invoiced - coding.net as decimal(18, 2)) as amount,
    'order ' || concat_ws('/', coding.po, coding.line) || ': ' || cast(invoiced.invoiced as decimal(18, 2))
    || ' invoiced, ' || coding.net || ' ordered' as message
from order_coding as coding
inner join order_invoiced as invoiced on coding.line_id = invoiced.line_id
where invoiced.invoiced > coding.net
order by coding.line_id;
