-- One row: a batch whose own totals differ from what its lines and rows come to: `what` they are, and both.
with
line as (
    select
        batch,
        'invoices' as kind,
        net
    from store.invoice_line
    union all
    select
        batch,
        'orders' as kind,
        net
    from store.order_line
),

brought as (
    select
        batch,
        kind,
        count(*) as lines,
        sum(net) as net
    from line
    group by batch, kind
),

again as (
    select
        batch,
        count(*) as lines
    from store.unchanged_row
    group by batch
),

refused as (
    select
        batch,
        count(*) as lines
    from store.rejected_row
    group by batch
),

left_aside as (
    select
        batch,
        count(*) as lines
    from store.ignored_row
    group by batch
),

total as (
    select
        batch.batch,
        unnest([
            {
                'what': 'rows accepted and restated',
                'expected': cast(coalesce(brought.lines, 0) as varchar),
                'found': cast(batch.rows_accepted + batch.rows_restated as varchar)
            },
            {
                'what': 'net accepted and restated',
                'expected': cast(coalesce(brought.net, 0.00) as varchar),
                'found': cast(cast(batch.net_accepted + batch.net_restated as decimal(38, 2)) as varchar)
            },
            {
                'what': 'rows unchanged',
                'expected': cast(coalesce(again.lines, 0) as varchar),
                'found': cast(batch.rows_unchanged as varchar)
            },
            {
                'what': 'rows rejected',
                'expected': cast(coalesce(refused.lines, 0) as varchar),
                'found': cast(batch.rows_rejected as varchar)
            },
            {
                'what': 'rows ignored',
                'expected': cast(coalesce(left_aside.lines, 0) as varchar),
                'found': cast(batch.rows_ignored as varchar)
            },
            {
                'what': 'rows read',
                'expected': cast(
                    batch.rows_accepted + batch.rows_unchanged + batch.rows_restated + batch.rows_rejected
                    + batch.rows_ignored as varchar
                ),
                'found': cast(batch.rows_read as varchar)
            }
        ]) as compared
    from store.batch
    inner join store.batch_reading on batch.batch = batch_reading.batch
    left join brought on batch.batch = brought.batch and batch.kind = brought.kind
    left join again on batch.batch = again.batch
    left join refused on batch.batch = refused.batch
    left join left_aside on batch.batch = left_aside.batch
)

select
    batch,
    compared.what,
    compared.expected,
    compared.found
from total
where compared.expected != compared.found
order by batch, compared.what;
