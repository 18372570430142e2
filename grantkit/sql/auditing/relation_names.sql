-- The names of all relations: the documented ones, those that they rest on, and the ledger's tables.
select table_name as name
from duckdb_tables()
where database_name in ('store', 'temp')
union
select view_name as name
from duckdb_views()
where database_name = 'temp' and not internal;
