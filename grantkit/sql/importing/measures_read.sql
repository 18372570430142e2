-- One row: a row of a file of measures with what its date and its value say; null where that cannot be read.
select
    row,
    date_of(dated) as dated,
    quantity_of(value) as value,
    coalesce(
        regexp_full_match(value, '[-−].*|.*[-−]|[(].*[)]') and is_quantity(regexp_replace(value, '[-−() ]', '', 'g')),
        false
    ) as is_negative
from measure_cell
order by row;
