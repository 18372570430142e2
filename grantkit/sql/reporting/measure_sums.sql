-- One row: a measure in one stream, summed up to the date asked for (in the measure's unit); how many values that is,
-- and how many are dated after it.
select
    measure,
    work_stream,
    coalesce(sum(value) filter (where dated <= getvariable('as_at')), 0) as quantity,
    count(*) filter (where dated <= getvariable('as_at')) as values_counted,
    count(*) filter (where dated > getvariable('as_at')) as values_after,
    min(dated) filter (where dated <= getvariable('as_at')) as first_day,
    max(dated) filter (where dated <= getvariable('as_at')) as last_day
from measure_current
group by measure, work_stream
order by measure, work_stream;
