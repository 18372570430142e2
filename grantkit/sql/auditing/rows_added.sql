-- One row: a table to which the open transaction has added rows that no entry tells of yet: the first of them, how
-- many, and SHA-256 over theirs, in the order in which they were added. Where nothing was told yet, all rows there are.
-- Rows that are not committed count from $uncommitted on, and will come behind those that are (`estimated_size` is
-- exact).
with
told as (
    select
        part.in_table,
        max(part.first + part.added) as rows_told
    from (
        select unnest(from_json(added, '[{"in_table": "VARCHAR", "first": "BIGINT", "added": "BIGINT"}]')) as part
        from store.audit_log
    )
    group by part.in_table
),

placed as (
    select
        ledger_row.in_table,
        case
            when ledger_row.place >= $uncommitted
                then ledger_row.place - $uncommitted + ledger_table.estimated_size
            else ledger_row.place
        end as place,
        ledger_row.text
    from ledger_row
    inner join (
        select
            table_name,
            estimated_size
        from duckdb_tables()
        where database_name = 'store'
    ) as ledger_table
        on ledger_row.in_table = ledger_table.table_name
)

select
    placed.in_table,
    min(placed.place) as first,
    count(*) as added,
    sha256(string_agg(placed.text, chr(10) order by placed.place)) as sha256
from placed
left join told on placed.in_table = told.in_table
where placed.place >= coalesce(told.rows_told, 0)
group by placed.in_table
order by placed.in_table;
