-- One row: a line of a sample, in the order in which it was drawn; pounds.
select
    line_id,
    amount,
    running_total,
    hits
from store.sample_line
where sample = $sample
order by position;
