-- One row: a documented relation, with what one row of it is.
select
    view_name as name,
    comment
from duckdb_views()
where database_name = 'temp' and not internal and comment is not null
order by view_name;
