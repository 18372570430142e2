-- The faults of one batch's refused rows, in the order of the file.
select
    row,
    column_name as "column",
    value,
    code,
    message
from store.reject
where batch = $batch
order by row, column_name, code;
