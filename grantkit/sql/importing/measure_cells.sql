-- How the cells of a file of measures are read: dates as a ledger's, values in figures with four decimals at most.

create or replace temp macro is_quantity(cell) as
regexp_full_match(cell, '([0-9]{1,3}(,[0-9]{3})+|[0-9]+)?([.][0-9]{1,4}0*)?') and cell != '';

create or replace temp macro quantity_of(cell) as
case when is_quantity(cell) then try_cast(replace(cell, ',', '') as decimal(18, 4)) end;

-- One row: a row of the file with the texts of its cells; a blank one is null.
create or replace temp table measure_cell (
    row bigint not null,
    dated varchar,
    value varchar
);
