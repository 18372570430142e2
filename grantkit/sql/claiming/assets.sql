-- One row: an invoice line that bought an asset with the grant: what of it is capital and eligible in the work streams,
-- or is claimed as capital, up to the date asked for (as_at), comes to at least $threshold pounds. `cost` and `claimed`
-- are pounds over all streams; the entry is the newest that a person made about it.
with
eligible as (
    select
        line_id,
        work_stream,
        eligible as cost
    from allocation
    where
        is_capital
        and work_stream != 'UNALLOCATED'
        and eligible != 0
        and counts_on <= getvariable('as_at')
),

held as (
    select
        claim_line.claim_id,
        claim_line.line_id,
        claim_line.work_stream,
        claim_line.amount
    from store.claim_line
    where claim_line.cost_type = 'capital' and claim_line.kind != 'accrual'
    union all
    select
        disallowance.claim_id,
        disallowance.line_id,
        disallowance.work_stream,
        -disallowance.amount as amount
    from store.disallowance
    where disallowance.cost_type = 'capital'
),

claimed as (
    select
        held.line_id,
        held.work_stream,
        sum(held.amount) as claimed
    from held
    inner join claim_submitted on held.claim_id = claim_submitted.claim_id
    where claim_submitted.ends <= getvariable('as_at')
    group by held.line_id, held.work_stream
    having sum(held.amount) != 0
),

part as (
    select
        coalesce(eligible.line_id, claimed.line_id) as line_id,
        coalesce(eligible.work_stream, claimed.work_stream) as work_stream,
        coalesce(eligible.cost, 0) as cost,
        coalesce(claimed.claimed, 0) as claimed
    from eligible
    full join claimed on eligible.line_id = claimed.line_id and eligible.work_stream = claimed.work_stream
),

line as (
    select
        part.line_id,
        cast(sum(part.cost) as decimal(18, 2)) as cost,
        cast(sum(part.claimed) as decimal(18, 2)) as claimed,
        list(part.work_stream order by coalesce(stream.position, 2147483647), part.work_stream) as work_streams
    from part
    left join stream on part.work_stream = stream.work_stream
    group by part.line_id
),

newest as (
    select
        line_id,
        max(entry) as entry
    from store.asset_entry
    group by line_id
)

select
    line.line_id,
    held.document,
    held.line,
    coalesce(held.supplier, held.supplier_id) as supplier,
    coalesce(held.supplier_id, held.supplier) as supplier_key,
    coalesce(held.invoice_date, coding.counts_on) as dated,
    line.cost,
    line.claimed,
    line.work_streams,
    held.po,
    held.description,
    entry.item,
    entry.location,
    entry.useful_life,
    entry.disposed_on,
    entry.disposal
from line
inner join invoice_current as held on line.line_id = held.line_id
inner join invoice_coding as coding on line.line_id = coding.line_id
left join newest on line.line_id = newest.line_id
left join store.asset_entry as entry on newest.entry = entry.entry
where line.cost >= $threshold or line.claimed >= $threshold
order by dated, line.line_id;
