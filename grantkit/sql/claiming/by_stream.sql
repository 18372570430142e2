-- One row: a stream with what this claim takes in it, by kind of money and kind of line, and what it is worth in
-- all to date on the claim basis (pounds).
select
    stream.work_stream,
    coalesce((select sum(worth) from claim_worth where claim_worth.work_stream = stream.work_stream), 0) as worth,
    coalesce(sum(amount) filter (where cost_type = 'resource'), 0) as resource,
    coalesce(sum(amount) filter (where cost_type = 'capital'), 0) as capital,
    coalesce(sum(amount) filter (where kind = 'late'), 0) as late,
    coalesce(sum(amount) filter (where kind = 'adjustment'), 0) as adjustments,
    coalesce(sum(amount) filter (where kind = 'accrual'), 0) as accruals
from stream
left join claim_taken on stream.work_stream = claim_taken.work_stream
group by stream.work_stream;
