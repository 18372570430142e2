-- One row: a stream (or UNALLOCATED) with what its orders hold of each kind of money at the date asked for; pounds.
select
    work_stream,
    is_capital,
    cast(sum(accrued) as decimal(38, 2)) as accrued,
    cast(sum(committed) as decimal(38, 2)) as committed
from order_allocated
group by work_stream, is_capital;
