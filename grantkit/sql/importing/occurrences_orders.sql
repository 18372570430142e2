-- One row: a row without a line number, and which of its order's rows without one it is.
create or replace temp table occurrences as
select
    row,
    row_number() over (partition by po order by row) as occurrence
from staged
where faults is null and line is null;
