-- One row: one record of the plain copy that the exact path wrote; columns c1, c2, ….
select
    cast(row as bigint) as row,
    cast(cells as integer) as cells,
    beyond,
    * exclude (row, cells, beyond)
from read_csv(
    getvariable('source_path'),
    columns = getvariable('source_columns'),
    header = false,
    auto_detect = false,
    compression = 'none',
    delim = ',',
    quote = '"',
    escape = '"',
    new_line = '\n',
    strict_mode = true,
    max_line_size = getvariable('longest_record')
);
