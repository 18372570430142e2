-- What was measured beside the money.

-- One row: the value of a measure that counts on one day in one stream, in the measure's unit, with the cell's place:
-- of several files' the newest.
create or replace temp view measure_current as
select
    measure_value.measure,
    measure_value.work_stream,
    measure_value.dated,
    measure_value.value,
    measure_value.entry,
    measure_import.file,
    measure_import.sheet,
    measure_import.sha256,
    measure_value.row
from store.measure_value
inner join store.measure_import on measure_value.entry = measure_import.entry
qualify
    row_number() over (
        partition by lower(measure_value.measure), measure_value.work_stream, measure_value.dated
        order by measure_value.entry desc
    ) = 1;
