-- One row: a stream and kind of money with what claims that stand hold in it, less what was disallowed (pounds).
select
    work_stream,
    cost_type,
    sum(amount) as amount
from line_claimed
group by work_stream, cost_type;
