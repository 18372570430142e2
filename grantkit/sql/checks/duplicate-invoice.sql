-- severity: high
-- meaning: One supplier's invoices of the same total whose numbers are the same but for case, punctuation, blanks and
--     leading zeros: one of them may have been entered, and paid, twice. A reversed pair is netted first.
-- remedy: Compare the documents; have the second one credited, or decide it ineligible (grantkit decide LINE
--     --ineligible).
select
    flatten(list(lines order by posted_on, lines[1])) as lines,
    cast(any_value(total) * (count(*) - 1) as decimal(18, 2)) as amount,
    count(*) || ' invoices of ' || any_value(supplier) || ' over ' || any_value(total) || ': '
    || string_agg(document, ', ' order by posted_on, lines[1]) as message
from checked_invoice
group by supplier_key, number, total
having count(*) > 1
order by min(lines[1]);
