-- Spend by work stream and account: cost and what of it is eligible, in pounds.
select
    part.work_stream,
    coalesce(line.account, 'none') as account,
    sum(part.amount) as cost,
    sum(part.eligible) as eligible
from invoice_lines as line
inner join allocations as part on line.line_id = part.line_id
group by part.work_stream, coalesce(line.account, 'none')
order by part.work_stream, cost desc, account;
