-- One row: one record of the plain copy that the exact path wrote; columns c1, c2, ….
select
    cast(row as bigint) as row,
    cast(cells as integer) as cells,
    beyond,
    broken,
    * exclude (row, cells, beyond, broken)
from read_csv(
    getvariable('source_path'),
    columns = getvariable('source_columns'),
    header = false,
    auto_detect = false,
    compression = 'none',
    delim = chr(31),
    quote = '"',
    escape = '"',
    new_line = '\n',
    strict_mode = true,
    max_line_size = getvariable('longest_record')
);
