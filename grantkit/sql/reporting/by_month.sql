-- One row: a stream (or UNALLOCATED) and a month (its first day) with the eligible cost dated in it, up to the date
-- asked for; pounds.
select
    work_stream,
    cast(date_trunc('month', counts_on) as date) as month,
    cast(sum(eligible) as decimal(38, 2)) as eligible
from allocation
where counts_on <= getvariable('as_at') and eligible != 0
group by all;
