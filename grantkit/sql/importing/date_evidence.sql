-- One row: what the dates of a column say of the order of day and month: how many can only be read day first, how
-- many only month first, how many either way, and one of these last that means two different days.
with
parts as (
    select
        bare_date(text_of(cell)) as text,
        string_split(translate(bare_date(text_of(cell)), '-.', '//'), '/') as part
    from source_column
    where regexp_full_match(bare_date(text_of(cell)), '[0-9]{1,2}([-/.])[0-9]{1,2}[-/.]([0-9]{2}|[0-9]{4})')
),

numbers as (
    select
        text,
        cast(part[1] as integer) as first,
        cast(part[2] as integer) as second
    from parts
)

select
    count(*) filter (where first between 13 and 31 and second between 1 and 12) as day_first,
    count(*) filter (where second between 13 and 31 and first between 1 and 12) as month_first,
    count(*) filter (where first between 1 and 12 and second between 1 and 12 and first != second) as either,
    min(text) filter (where first between 1 and 12 and second between 1 and 12 and first != second) as example
from numbers;
