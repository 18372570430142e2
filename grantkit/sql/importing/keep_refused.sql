-- Keeps the refused rows of the batch with their cells.
insert into store.rejected_row
select
    cast(getvariable('batch') as integer) as batch,
    row,
    cells,
    who,
    document,
    line,
    net
from refused_row
order by row;
