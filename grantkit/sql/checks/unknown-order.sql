-- severity: medium
-- meaning: The line names an order that the order ledger does not have.
-- remedy: Import the orders' newest extract; else have the number corrected in the finance system.
select
    [line.line_id] as lines,
    line.cost as amount,
    line.told || ': order ' || line.po
    || ' is not in the order ledger' as message
from checked_line as line
anti join order_coding on line.po = order_coding.po
where line.po is not null
order by line.line_id;
