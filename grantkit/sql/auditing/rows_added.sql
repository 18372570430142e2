-- One row: a table to which rows were added that the audit log does not tell of yet: the first of them, how many, and
-- SHA-256 over theirs, in the order in which they were added. (Until they are committed their places begin elsewhere.)
select
    in_table,
    coalesce(getvariable('rows_told')[in_table], 0) as first,
    count(*) as added,
    sha256(string_agg(sha256(text), '' order by place)) as sha256
from ledger_row
group by in_table
order by in_table;
