-- What becomes of each staged row that is not simply new.

-- One row: one fault of a refused row.
create or replace temp table refused as
select
    row,
    fault.column_name,
    fault.value,
    fault.code,
    reject_message(fault.cause) as message
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
    reject_message('conflict') as message
from repeats
where verdict = 'conflict';

-- One row: a readable row that is not a line new to the ledger. `outcome`: `unchanged` or `restated`, with the line
-- that it is; `again` where an earlier row of the file says the same, with that row; `conflict`.
create or replace temp table not_new as
select
    found.row,
    case when found.same then 'unchanged' else 'restated' end as outcome,
    found.line_id,
    found.batch as held_batch,
    found.held_net,
    cast(null as bigint) as first_row
from found
where found.row not in (select repeats.row from repeats where repeats.verdict != 'first')
union all
select
    repeats.row,
    repeats.verdict as outcome,
    cast(null as bigint) as line_id,
    cast(null as integer) as held_batch,
    cast(null as decimal(18, 2)) as held_net,
    repeats.first_row
from repeats
where repeats.verdict != 'first';
