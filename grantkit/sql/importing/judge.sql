-- What becomes of each staged row that is not simply new.

-- One row: one fault of a refused row.
create or replace temp table refused as
select
    row,
    fault.column_name,
    fault.value,
    fault.code,
    reject_message(fault.code, fault.value) as message
from (
    select
        row,
        unnest(faults) as fault
    from staged
    where faults is not null
)
union all
select
    row,
    cast(null as varchar) as column_name,
    cast(null as varchar) as value,
    'conflict' as code,
    reject_message('conflict', null) as message
from repeats
where verdict = 'conflict';

-- One row: a row that is good and is not new: `unchanged` or `restated`, and the line that it is.
create or replace temp table known as
select
    found.row,
    found.line_id,
    found.batch as held_batch,
    found.held_net,
    case when found.same then 'unchanged' else 'restated' end as outcome
from found
where found.row not in (select repeats.row from repeats where repeats.verdict in ('conflict', 'again'));

-- One row: a good row that is a line new to the ledger, with the number that it gets: one series over both
-- ledgers, in the order of the rows.
create or replace temp table fresh as
select
    staged.row,
    getvariable('last_line_id') + row_number() over (order by staged.row) as line_id
from staged
where
    staged.faults is null
    and staged.row not in (select known.row from known)
    and staged.row not in (select repeats.row from repeats where repeats.verdict in ('conflict', 'again'));

-- One row: a row that says again what an earlier row of the same file says.
create or replace temp table again as
select
    repeats.row,
    coalesce(known.line_id, fresh.line_id) as line_id
from repeats
left join known on repeats.first_row = known.row
left join fresh on repeats.first_row = fresh.row
where repeats.verdict = 'again';
