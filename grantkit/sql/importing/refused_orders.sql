-- One row: a refused row of the file with its cells as they came, and as much of its identity as can be read.
create or replace temp table refused_row as
select
    text.row,
    to_json(list_transform(rows.cells, lambda c: coalesce(c, ''))) as cells,
    coalesce(text_of(text.supplier_id), text_of(text.supplier)) as who,
    text_of(text.po) as document,
    text_of(text.line) as line,
    amount_of(text_of(text.net)) as net
from source_text as text
inner join (
    select
        row,
        [*columns('^c[0-9]+$')] as cells
    from source_rows
) as rows on text.row = rows.row
where text.row in (select refused.row from refused);

create or replace temp view refused_identity as
select
    who,
    document,
    line
from refused_row;
