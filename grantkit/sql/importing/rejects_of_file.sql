-- The faults of the refused rows of the file that is being taken in, in the order of the file.
select
    row,
    column_name as "column",
    value,
    code,
    message
from refused
order by row, column_name, code;
