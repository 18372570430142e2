-- One row: a line with what of it is eligible in the work streams (in one, where $work_stream names it), in the order
-- of their numbers; pounds.
select
    line_id,
    cast(sum(eligible) as decimal(18, 2)) as amount
from allocation
where work_stream != 'UNALLOCATED' and ($work_stream is null or work_stream = $work_stream)
group by line_id
having sum(eligible) != 0
order by line_id;
