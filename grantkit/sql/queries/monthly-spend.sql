-- Spend by month and work stream: cost and what of it is eligible, in pounds.
select
    strftime(line.counts_on, '%Y-%m') as month,
    part.work_stream,
    sum(part.amount) as cost,
    sum(part.eligible) as eligible
from invoice_lines as line
inner join allocations as part on line.line_id = part.line_id
group by strftime(line.counts_on, '%Y-%m'), part.work_stream
order by month, part.work_stream;
