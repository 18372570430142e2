-- One row: a stream (or UNALLOCATED) with its eligible cost of each kind of money up to the date asked for; pounds.
select
    work_stream,
    cast(coalesce(sum(eligible) filter (where not is_capital), 0) as decimal(38, 2)) as resource,
    cast(coalesce(sum(eligible) filter (where is_capital), 0) as decimal(38, 2)) as capital
from allocation
where counts_on <= getvariable('as_at')
group by work_stream;
