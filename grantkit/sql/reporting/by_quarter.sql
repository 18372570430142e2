-- One row: a stream (or UNALLOCATED) and a quarter with the eligible cost dated in it, up to the date asked for.
select
    allocation.work_stream,
    quarter.quarter,
    sum(allocation.eligible) as eligible
from allocation
inner join quarter on allocation.counts_on between quarter.starts and quarter.ends
where allocation.counts_on <= getvariable('as_at')
group by allocation.work_stream, quarter.quarter;
