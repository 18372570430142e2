-- One row: rows of a table that an entry of the audit log added, and that are not as they were then; or rows that no
-- entry tells of (`entry` is null). `first` counts a table's rows from 0. A ledger of a time before entries told of
-- rows has none to be compared until its next entry, which tells of all that are there.
with
log_part as (
    select
        entry,
        command,
        user_name,
        unnest(
            from_json(
                audit_log.added, '[{"in_table": "VARCHAR", "first": "BIGINT", "added": "BIGINT", "sha256": "VARCHAR"}]'
            )
        ) as part
    from store.audit_log
    where added is not null
),

told as (
    select
        entry,
        command,
        user_name,
        part.in_table,
        part.first,
        part.added,
        part.sha256
    from log_part
),

held as (
    select
        ledger_row.in_table,
        case when ledger_row.place < told.first + told.added then told.entry end as entry,
        min(ledger_row.place) as first,
        count(*) as added,
        sha256(string_agg(ledger_row.text, chr(10) order by ledger_row.place)) as sha256
    from ledger_row
    asof left join told on ledger_row.in_table = told.in_table and ledger_row.place >= told.first
    group by ledger_row.in_table, case when ledger_row.place < told.first + told.added then told.entry end
)

select
    coalesce(told.in_table, held.in_table) as in_table,
    told.entry,
    told.command,
    told.user_name,
    coalesce(told.first, held.first) as first,
    coalesce(told.added, held.added) as added,
    told.sha256 as expected,
    held.sha256 as found
from told
full outer join held on told.entry = held.entry and told.in_table = held.in_table
where
    told.sha256 is distinct from held.sha256
    and (told.entry is not null or exists (select 1 from log_part))
order by told.entry nulls last, in_table;
