-- One row: the rows and the money of the file, by what becomes of them.
with
good as (
    select
        count(*) as rows,
        coalesce(sum(net), 0) as net
    from staged
    where faults is null
),

known as (
    select
        count(*) as rows,
        coalesce(sum(staged.net), 0) as net,
        count(*) filter (where not_new.outcome in ('unchanged', 'again')) as unchanged,
        count(*) filter (where not_new.outcome = 'restated') as restated,
        coalesce(sum(staged.net) filter (where not_new.outcome in ('unchanged', 'again')), 0) as net_unchanged,
        coalesce(sum(staged.net) filter (where not_new.outcome = 'restated'), 0) as net_restated,
        coalesce(sum(not_new.held_net) filter (where not_new.outcome = 'restated'), 0) as net_restated_from
    from staged
    inner join not_new on staged.row = not_new.row
)

select
    (select count(*) from staged) + (select count(*) from ignored) as rows_read,
    good.rows - known.rows as rows_accepted,
    known.unchanged as rows_unchanged,
    known.restated as rows_restated,
    (select count(distinct row) from refused) as rows_rejected,
    (select count(*) from ignored) as rows_ignored,
    good.net - known.net as net_accepted,
    known.net_unchanged,
    known.net_restated,
    known.net_restated_from,
    cast((select coalesce(sum(net), 0) from ignored) as decimal(38, 2)) as net_ignored
from good
cross join known;
