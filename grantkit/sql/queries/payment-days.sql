-- Days from an invoice's date to its payment by supplier: how many lines, the longest, and how many took over 30 days.
select
    coalesce(supplier, supplier_id) as supplier,
    count(*) as lines,
    min(paid_date - invoice_date) as shortest,
    max(paid_date - invoice_date) as longest,
    count(*) filter (where paid_date - invoice_date > 30) as over_30_days
from invoice_lines
where paid_date is not null and invoice_date is not null
group by coalesce(supplier, supplier_id)
order by longest desc, supplier;
