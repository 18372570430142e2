-- One row: one record below the header of a CSV file that DuckDB may read as it lies; columns c1, c2, ….
select
    row_number() over () + 1 as row,
    cast(getvariable('width') as integer) as cells,
    cast(null as varchar) as beyond,
    cast(null as varchar) as broken,
    *
from read_csv(
    getvariable('source_path'),
    columns = getvariable('source_columns'),
    header = true,
    auto_detect = false,
    compression = 'none',
    delim = getvariable('delimiter'),
    quote = '"',
    escape = '"',
    strict_mode = true
);
