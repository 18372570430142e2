-- One row: a stream with what claims that stand hold in it, less what was disallowed (pounds).
select
    work_stream,
    sum(amount) as claimed_before
from line_claimed
group by work_stream;
