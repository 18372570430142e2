-- One row: the cells of one row of a source file as they came, in the order of its columns.
select [*columns('^c[0-9]+$')] as cells
from source_rows
where row = $row;
