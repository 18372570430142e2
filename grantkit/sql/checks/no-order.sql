-- severity: medium
-- meaning: A line from a certain cost on ([checks] no_order_from) that names no order, and that no [[no_order_needed]]
--     rule excuses.
-- remedy: Find its order, or add a rule where such lines need none, as payroll does.
select
    [line_id] as lines,
    cost as amount,
    told || ': ' || cost || ' without an order' as message
from checked_line
where
    po is null
    and cost >= getvariable('no_order_from')
    and bits & getvariable('kind_bits')['no_order_needed'] = 0
order by line_id;
