-- One row: the rows and the money of the file, by what becomes of them.
with
nets as (
    select
        staged.row,
        staged.net
    from staged
    where staged.faults is null
)

select
    (select count(*) from staged) as rows_read,
    (select count(*) from fresh) as rows_accepted,
    (select count(*) from known where outcome = 'unchanged') + (select count(*) from again) as rows_unchanged,
    (select count(*) from known where outcome = 'restated') as rows_restated,
    (select count(distinct row) from refused) as rows_rejected,
    0 as rows_ignored,
    coalesce((select sum(nets.net) from nets semi join fresh on nets.row = fresh.row), 0) as net_accepted,
    coalesce(
        (
            select sum(nets.net) from nets
            where
                nets.row in (select known.row from known where known.outcome = 'unchanged')
                or nets.row in (select again.row from again)
        ),
        0
    ) as net_unchanged,
    coalesce(
        (
            select sum(nets.net) from nets
            where nets.row in (select known.row from known where known.outcome = 'restated')
        ),
        0
    ) as net_restated,
    coalesce((select sum(held_net) from known where outcome = 'restated'), 0) as net_restated_from,
    cast(0 as decimal(18, 2)) as net_ignored;
