-- One row: a refused row of the file, as `refused_row` has it of a file that has any. None here.
create or replace temp table refused_row (
    row bigint, cells json, who varchar, document varchar, line varchar, net decimal(18, 2)
);

create or replace temp view refused_identity as
select
    who,
    document,
    line
from refused_row;
