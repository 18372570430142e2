-- Adds the lines that are new to the ledger, numbered in the order of the file (which DuckDB keeps, as
-- preserve_insertion_order is on), and the new versions of known ones.
insert into store.invoice_line by name
select
    fresh.*,
    cast(getvariable('batch') as integer) as batch,
    occurrences.occurrence
from (
    -- numbered before anything is joined to it, as a join may change the order
    select
        getvariable('last_line_id') + row_number() over () as line_id,
        staged.* exclude (faults)
    from staged
    anti join not_new on staged.row = not_new.row
    anti join revived on staged.row = revived.row
    where staged.faults is null
) as fresh
left join occurrences on fresh.row = occurrences.row;

insert into store.invoice_line by name
select
    not_new.line_id,
    cast(getvariable('batch') as integer) as batch,
    occurrences.occurrence,
    staged.* exclude (faults)
from staged
inner join not_new on staged.row = not_new.row and not_new.outcome = 'restated'
left join occurrences on staged.row = occurrences.row
order by staged.row;

-- Lines that counted no more and are here again, under their own numbers.
insert into store.invoice_line by name
select
    revived.line_id,
    cast(getvariable('batch') as integer) as batch,
    occurrences.occurrence,
    staged.* exclude (faults)
from staged
inner join revived on staged.row = revived.row
anti join not_new on staged.row = not_new.row
left join occurrences on staged.row = occurrences.row
order by staged.row;

-- The rows that say again what an earlier row of the file says, with the line that this one is, and the batch whose
-- version of it they say again.
create or replace temp table again as
select
    not_new.row,
    coalesce(first_known.line_id, held.line_id) as line_id,
    case
        when first_known.outcome = 'unchanged' then first_known.held_batch
        else cast(getvariable('batch') as integer)
    end as held_batch
from not_new
left join not_new as first_known on not_new.first_row = first_known.row
left join store.invoice_line as held
    on held.batch = getvariable('batch') and not_new.first_row = held.row
where not_new.outcome = 'again';
