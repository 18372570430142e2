-- One row: a column of a relation, in order, with its type.
select
    column_name,
    data_type
from duckdb_columns()
where database_name = 'temp' and table_name = $name
order by column_index;
