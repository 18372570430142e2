-- One row: what became of rows of the files that were ever taken in: by ledger and outcome, how many, and the net that
-- they say, in pounds (of a refused row as far as it can be read). `place` is the order in which outcomes are told.
with
version as (
    select
        'invoices' as ledger,
        line_id,
        batch,
        row,
        net
    from store.invoice_line
    union all
    select
        'orders' as ledger,
        line_id,
        batch,
        row,
        net
    from store.order_line
),

placed as (
    select
        line_id,
        case
            when bool_and(amount = eligible) and bool_and(work_stream != 'UNALLOCATED') then 'eligible in work streams'
            when bool_and(work_stream = 'UNALLOCATED') then 'in no work stream'
            when bool_and(eligible = 0) then 'not eligible, for a reason'
            else 'eligible in part'
        end as outcome
    from allocation
    group by line_id
),

row_outcome as (
    select
        version.batch,
        version.row,
        version.ledger,
        version.net,
        case
            when held.batch = version.batch and version.ledger = 'orders' then 'an order line that counts'
            when held.batch = version.batch then coalesce(placed.outcome, 'without a cost')
            when version.batch in (select batch_undone.batch from store.batch_undone)
                then 'in an import that was taken back'
            when held.batch is null then 'withdrawn: a later extract lacks it'
            else 'said otherwise by a later row'
        end as outcome
    from version
    left join line_current as held on version.line_id = held.line_id
    left join placed on version.line_id = placed.line_id
    union all
    select
        again.batch,
        again.row,
        batch.kind as ledger,
        version.net,
        'said again: unchanged' as outcome
    from store.unchanged_row as again
    inner join store.batch on again.batch = batch.batch
    left join version on again.line_id = version.line_id and again.held_batch = version.batch
    union all
    select
        refused.batch,
        refused.row,
        batch.kind as ledger,
        refused.net,
        case
            when settled.batch is null then 'refused, and waits to be mended'
            when settled.by_batch is null then 'refused, and dismissed with a reason'
            else 'refused, and replaced by a corrected row'
        end as outcome
    from store.rejected_row as refused
    inner join store.batch on refused.batch = batch.batch
    left join reject_settlement as settled on refused.batch = settled.batch and refused.row = settled.row
    union all
    select
        ignored.batch,
        ignored.row,
        batch.kind as ledger,
        null as net,
        'no line: ' || ignored.reason as outcome
    from store.ignored_row as ignored
    inner join store.batch on ignored.batch = batch.batch
)

select
    ledger,
    outcome,
    count(*) as lines,
    cast(sum(net) as decimal(38, 2)) as net
from row_outcome
group by ledger, outcome
order by ledger, lines desc, outcome;
