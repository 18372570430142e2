-- Adds the new lines and the new versions of known ones.
insert into store.order_line by name
select
    placed.line_id,
    cast(getvariable('batch') as integer) as batch,
    occurrences.occurrence,
    staged.* exclude (faults)
from staged
inner join (
    select
        row,
        line_id
    from fresh
    union all
    select
        row,
        line_id
    from known
    where outcome = 'restated'
) as placed on staged.row = placed.row
left join occurrences on staged.row = occurrences.row;
