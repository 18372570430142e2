-- Spend by supplier: lines, cost and what of it is eligible, in pounds; the largest first.
select
    coalesce(line.supplier, line.supplier_id) as supplier,
    count(distinct line.line_id) as lines,
    sum(part.amount) as cost,
    sum(part.eligible) as eligible,
    min(line.counts_on) as first_dated,
    max(line.counts_on) as last_dated
from invoice_lines as line
inner join allocations as part on line.line_id = part.line_id
group by coalesce(line.supplier, line.supplier_id)
order by cost desc, supplier;
