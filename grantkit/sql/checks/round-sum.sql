-- severity: low
-- meaning: The line's net is a whole number of thousands: an estimate, or a payment in advance, looks like this.
-- remedy: Look at the invoice; an advance payment is not spending yet.
select
    [line_id] as lines,
    net as amount,
    told || ': ' || net as message
from checked_line
where net >= 1000 and net % 1000 = 0
order by line_id;
