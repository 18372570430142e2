-- Dates in one of the file's own formats: patterns, a spreadsheet's day number, a period (which ends that month).
create or replace temp macro formatted_date(cell) as
case
    when getvariable('date_serials') and regexp_full_match(cell, '[0-9]{5}([.][0-9]+)?')
        then date '1899-12-30' + cast(split_part(cell, '.', 1) as integer)
    when getvariable('date_periods') != '' and regexp_full_match(cell, '[0-9]{4}(0[1-9]|1[0-2])')
        then last_day(
            make_date(cast(left(cell, 4) as integer), 1, 1)
            + to_months(
                cast(right(cell, 2) as integer) - 1 + case getvariable('date_periods') when 'fiscal' then 3 else 0 end
            )
        )
    else cast(try_strptime(cell, getvariable('date_patterns')) as date)
end;

create or replace temp macro date_of(cell) as
case
    when cell is null then null
    when regexp_full_match(cell, '[0-9]{4}-[0-9]{2}-[0-9]{2}') and cell >= '0001' then try_cast(cell as date)
    else coalesce(formatted_date(cell), date_of_bare(bare_date(cell)))
end;
