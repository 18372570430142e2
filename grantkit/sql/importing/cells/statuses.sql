-- The status that a cell's text means in this file.
create or replace temp macro status_of(cell) as
case
    when cell is null then 'open'
    else coalesce(
        getvariable('status_meant')[list_position(getvariable('status_texts'), upper(cell))], lower(cell)
    )
end;
