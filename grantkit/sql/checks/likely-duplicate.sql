-- severity: medium
-- meaning: Invoices of one supplier with the same date and total under other numbers; or the same number and total
--     under another supplier. A charge that comes again on another day is none.
-- remedy: Compare the documents; have the second one credited, or settle the finding with the reason.
with
same_day as (
    select
        list(lines order by lines[1]) as lines,
        any_value(total) * (count(*) - 1) as amount,
        count(*) || ' invoices of ' || any_value(supplier) || ' of ' || invoice_date || ' over ' || total || ': '
        || string_agg(document, ', ' order by lines[1]) as message
    from checked_invoice
    where invoice_date is not null
    group by supplier_key, invoice_date, total
    having count(distinct number) > 1
),

same_number as (
    select
        list(lines order by lines[1]) as lines,
        any_value(total) * (count(*) - 1) as amount,
        'number ' || any_value(document) || ' over ' || total || ' of several suppliers: '
        || string_agg(supplier, ', ' order by lines[1]) as message
    from checked_invoice
    group by number, total
    having count(distinct supplier_key) > 1
)

select
    flatten(lines) as lines,
    cast(amount as decimal(18, 2)) as amount,
    message
from (
    select * from same_day
    union all
    select * from same_number
)
order by lines[1][1], message;
