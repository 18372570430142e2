-- Adds what the batch did beside its lines: which versions it superseded, what it said again, what was refused.
insert into store.superseded
select
    line_id,
    held_batch as batch,
    cast(getvariable('batch') as integer) as by_batch,
    'restated' as reason
from not_new
where outcome = 'restated';

insert into store.unchanged_row
select
    cast(getvariable('batch') as integer) as batch,
    row,
    line_id,
    held_batch
from (
    select
        row,
        line_id,
        held_batch
    from not_new
    where outcome = 'unchanged'
    union all
    select
        row,
        line_id,
        held_batch
    from again
)
order by row;

insert into store.reject
select
    cast(getvariable('batch') as integer) as batch,
    row,
    column_name,
    value,
    code,
    message
from refused
order by row, column_name;
