-- severity: low
-- meaning: The line was paid before the date of its invoice.
-- remedy: Look at what was paid on: a proforma, or a payment in advance, which is not claimable.
select
    [line_id] as lines,
    cost as amount,
    told || ': paid on ' || paid_date
    || ', the invoice is of ' || invoice_date as message
from checked_line
where paid_date < invoice_date
order by line_id;
