-- Invoice lines without a payment date by age at the newest accounting date: lines and gross, in pounds.
with
newest as (
    select max(counts_on) as day
    from invoice_lines
)

select
    case
        when newest.day - coalesce(line.invoice_date, line.counts_on) <= 30 then '0 to 30 days'
        when newest.day - coalesce(line.invoice_date, line.counts_on) <= 60 then '31 to 60 days'
        when newest.day - coalesce(line.invoice_date, line.counts_on) <= 90 then '61 to 90 days'
        else 'over 90 days'
    end as age,
    count(*) as lines,
    sum(line.gross) as gross
from invoice_lines as line
cross join newest
where line.paid_date is null
group by age
order by min(newest.day - coalesce(line.invoice_date, line.counts_on));
