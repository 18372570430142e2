-- One row: a stream (or UNALLOCATED) with its sums of pounds at the date asked for.
with
invoiced as (
    select
        work_stream,
        sum(amount) as invoiced,
        sum(eligible) as eligible,
        count(*) as lines
    from allocated
    where counts_on <= getvariable('as_at')
    group by work_stream
),

disallowed as (
    select
        work_stream,
        sum(amount) as disallowed
    from disallowed_in_stream
    where counts_on <= getvariable('as_at')
    group by work_stream
),

held as (
    select
        work_stream,
        sum(accrued) as accrued,
        sum(committed) as committed
    from order_allocated
    group by work_stream
),

claimed as (
    select
        work_stream,
        sum(claimed - disallowed) as claimed
    from claim_stream_counting
    where ends <= getvariable('as_at')
    group by work_stream
)

select
    code.work_stream,
    coalesce(invoiced.invoiced, 0) as invoiced,
    coalesce(invoiced.eligible, 0) - coalesce(disallowed.disallowed, 0) as eligible,
    coalesce(invoiced.lines, 0) as lines,
    coalesce(held.accrued, 0) as accrued,
    coalesce(held.committed, 0) as committed,
    coalesce(claimed.claimed, 0) as claimed
from (
    select work_stream from stream
    union all
    select 'UNALLOCATED' as work_stream
) as code
left join invoiced on code.work_stream = invoiced.work_stream
left join disallowed on code.work_stream = disallowed.work_stream
left join held on code.work_stream = held.work_stream
left join claimed on code.work_stream = claimed.work_stream;
