-- One row: a missing line with its cell, and where it has no number the new line of the file that looks most like it:
-- of the same supplier, by the same document before the same net before the same date. Pounds.
with
alike as (
    select
        missing.line_id,
        fresh.row,
        4 as points
    from missing
    inner join fresh_lines as fresh on missing.who = fresh.who and missing.document = fresh.document
    where missing.line is null
    union all
    select
        missing.line_id,
        fresh.row,
        2 as points
    from missing
    inner join fresh_lines as fresh on missing.who = fresh.who and missing.net = fresh.net
    where missing.line is null
    union all
    select
        missing.line_id,
        fresh.row,
        1 as points
    from missing
    inner join fresh_lines as fresh on missing.who = fresh.who and missing.dated = fresh.date
    where missing.line is null
),

most_alike as (
    select
        line_id,
        row
    from alike
    group by line_id, row
    qualify row_number() over (partition by line_id order by sum(points) desc, row) = 1
)

select
    missing.line_id,
    batch.file,
    missing.row,
    missing.document,
    missing.line,
    missing.supplier,
    missing.dated,
    missing.net,
    fresh.row as like_row,
    fresh.line_id as like_line_id,
    fresh.document as like_document,
    fresh.date as like_dated,
    fresh.net as like_net
from missing
inner join store.batch as batch on missing.batch = batch.batch
left join most_alike on missing.line_id = most_alike.line_id
left join fresh_lines as fresh on most_alike.row = fresh.row
order by missing.line_id;
