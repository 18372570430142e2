-- severity: medium
-- meaning: Received and not invoiced for over 90 days after the order's date, at the date of the figures.
-- remedy: Ask the supplier for the invoice, or have the receipt corrected: on the accrued basis it is claimed.
select
    [held.line_id] as lines,
    held.accrued as amount,
    'order ' || concat_ws('/', coding.po, coding.line) || ' of ' || held.order_date || ': ' || held.accrued
    || ' received and not invoiced' as message
from order_held as held
inner join order_coding as coding on held.line_id = coding.line_id
where held.accrued > 0 and getvariable('as_at') - held.order_date > 90
order by held.line_id;
