-- One row: a table, and how many of its rows the audit log tells of.
select
    part.in_table,
    cast(max(part.first + part.added) as bigint) as told
from (
    select unnest(from_json(added, '[{"in_table": "VARCHAR", "first": "BIGINT", "added": "BIGINT"}]')) as part
    from store.audit_log
)
group by part.in_table;
