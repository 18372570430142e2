-- One row: a figure of a stream in a claim that differs from what the claim's lines come to, in pounds.
with
lines as (
    select
        claim_id,
        work_stream,
        sum(amount) as this_claim,
        sum(amount) filter (where cost_type = 'resource') as resource,
        sum(amount) filter (where cost_type = 'capital') as capital,
        sum(amount) filter (where kind = 'late') as late,
        sum(amount) filter (where kind = 'accrual') as accruals,
        sum(amount) filter (where kind = 'adjustment') as adjustments
    from store.claim_line
    group by claim_id, work_stream
),

held_back as (
    select
        claim_id,
        work_stream,
        sum(amount) as amount
    from store.claim_left_out
    where kind = 'held-back'
    group by claim_id, work_stream
),

compared as (
    select
        stream.claim_id,
        stream.work_stream,
        unnest([
            {'name': 'this_claim', 'expected': coalesce(lines.this_claim, 0), 'found': stream.this_claim},
            {'name': 'resource', 'expected': coalesce(lines.resource, 0), 'found': stream.resource},
            {'name': 'capital', 'expected': coalesce(lines.capital, 0), 'found': stream.capital},
            {'name': 'late', 'expected': coalesce(lines.late, 0), 'found': stream.late},
            {'name': 'accruals', 'expected': coalesce(lines.accruals, 0), 'found': stream.accruals},
            {'name': 'adjustments', 'expected': coalesce(lines.adjustments, 0), 'found': stream.adjustments},
            {
                'name': 'cumulative',
                'expected': stream.claimed_before + coalesce(lines.this_claim, 0),
                'found': stream.cumulative
            },
            {'name': 'remaining', 'expected': stream.budget - stream.cumulative, 'found': stream.remaining},
            {
                'name': 'held_back',
                'expected': case
                    when json_exists(claim.facts, '$.lines_sha256') then coalesce(held_back.amount, 0)
                    else stream.held_back
                end,
                'found': stream.held_back
            }
        ]) as figure
    from store.claim_stream as stream
    inner join store.claim on stream.claim_id = claim.claim_id
    inner join store.claim_submission on stream.claim_id = claim_submission.claim_id
    left join lines on stream.claim_id = lines.claim_id and stream.work_stream = lines.work_stream
    left join held_back on stream.claim_id = held_back.claim_id and stream.work_stream = held_back.work_stream
    union all
    -- a stream of which there are lines and no figures
    select
        lines.claim_id,
        lines.work_stream,
        {'name': 'this_claim', 'expected': lines.this_claim, 'found': 0} as figure
    from lines
    inner join store.claim_submission on lines.claim_id = claim_submission.claim_id
    anti join store.claim_stream as stream
        on lines.claim_id = stream.claim_id and lines.work_stream = stream.work_stream
    where lines.this_claim != 0
)

select
    claim.claim,
    claim.version,
    compared.work_stream,
    compared.figure.name as figure,
    cast(compared.figure.expected as decimal(18, 2)) as expected,
    cast(compared.figure.found as decimal(18, 2)) as found
from compared
inner join store.claim on compared.claim_id = claim.claim_id
where compared.figure.expected != compared.figure.found
order by claim.claim_id, compared.work_stream, compared.figure.name;
