-- One row: a row of the ledger's tables, all but the audit log, from `rows_told` on (a map from tables to the rows that
-- the log tells of already; an empty one gives all rows). `place` counts a table's rows from 0, as they were added.
-- `text` is the row as JSON without what is null, so that a column that comes to a table later leaves it as it is. Of a
-- line it is what its source file does not tell, and as little as that, for there may be a million of them: its cells
-- are read again from there.
-- A whole row goes by the alias `entered`: some tables have a column of their own name.
-- noqa: disable=AL05
create or replace temp view ledger_row as
select
    in_table,
    place,
    case when text like '{%' then regexp_replace(text, ',"[a-z_0-9]+":null', '', 'g') else text end as text
from (
    select
        'asset_entry' as in_table,
        rowid as place,
        cast(to_json(entered) as varchar) as text
    from store.asset_entry as entered
    where rowid >= coalesce(getvariable('rows_told')['asset_entry'], 0)
    union all
    select
        'batch' as in_table,
        rowid as place,
        cast(to_json(entered) as varchar) as text
    from store.batch as entered
    where rowid >= coalesce(getvariable('rows_told')['batch'], 0)
    union all
    select
        'batch_reading' as in_table,
        rowid as place,
        cast(to_json(entered) as varchar) as text
    from store.batch_reading as entered
    where rowid >= coalesce(getvariable('rows_told')['batch_reading'], 0)
    union all
    select
        'batch_undone' as in_table,
        rowid as place,
        cast(to_json(entered) as varchar) as text
    from store.batch_undone as entered
    where rowid >= coalesce(getvariable('rows_told')['batch_undone'], 0)
    union all
    select
        'budget_move' as in_table,
        rowid as place,
        cast(to_json(entered) as varchar) as text
    from store.budget_move as entered
    where rowid >= coalesce(getvariable('rows_told')['budget_move'], 0)
    union all
    select
        'claim' as in_table,
        rowid as place,
        cast(to_json(entered) as varchar) as text
    from store.claim as entered
    where rowid >= coalesce(getvariable('rows_told')['claim'], 0)
    union all
    select
        'claim_left_out' as in_table,
        rowid as place,
        cast(to_json(entered) as varchar) as text
    from store.claim_left_out as entered
    where rowid >= coalesce(getvariable('rows_told')['claim_left_out'], 0)
    union all
    select
        'claim_line' as in_table,
        rowid as place,
        cast(to_json(entered) as varchar) as text
    from store.claim_line as entered
    where rowid >= coalesce(getvariable('rows_told')['claim_line'], 0)
    union all
    select
        'claim_note' as in_table,
        rowid as place,
        cast(to_json(entered) as varchar) as text
    from store.claim_note as entered
    where rowid >= coalesce(getvariable('rows_told')['claim_note'], 0)
    union all
    select
        'claim_stream' as in_table,
        rowid as place,
        cast(to_json(entered) as varchar) as text
    from store.claim_stream as entered
    where rowid >= coalesce(getvariable('rows_told')['claim_stream'], 0)
    union all
    select
        'claim_submission' as in_table,
        rowid as place,
        cast(to_json(entered) as varchar) as text
    from store.claim_submission as entered
    where rowid >= coalesce(getvariable('rows_told')['claim_submission'], 0)
    union all
    select
        'claim_withdrawal' as in_table,
        rowid as place,
        cast(to_json(entered) as varchar) as text
    from store.claim_withdrawal as entered
    where rowid >= coalesce(getvariable('rows_told')['claim_withdrawal'], 0)
    union all
    select
        'decision' as in_table,
        rowid as place,
        cast(to_json(entered) as varchar) as text
    from store.decision as entered
    where rowid >= coalesce(getvariable('rows_told')['decision'], 0)
    union all
    select
        'decision_share' as in_table,
        rowid as place,
        cast(to_json(entered) as varchar) as text
    from store.decision_share as entered
    where rowid >= coalesce(getvariable('rows_told')['decision_share'], 0)
    union all
    select
        'disallowance' as in_table,
        rowid as place,
        cast(to_json(entered) as varchar) as text
    from store.disallowance as entered
    where rowid >= coalesce(getvariable('rows_told')['disallowance'], 0)
    union all
    select
        'finding_settled' as in_table,
        rowid as place,
        cast(to_json(entered) as varchar) as text
    from store.finding_settled as entered
    where rowid >= coalesce(getvariable('rows_told')['finding_settled'], 0)
    union all
    select
        'ignored_row' as in_table,
        rowid as place,
        cast(to_json(entered) as varchar) as text
    from store.ignored_row as entered
    where rowid >= coalesce(getvariable('rows_told')['ignored_row'], 0)
    union all
    select
        'invoice_line' as in_table,
        rowid as place,
        concat_ws(',', line_id, batch, row, occurrence) as text
    from store.invoice_line
    where rowid >= coalesce(getvariable('rows_told')['invoice_line'], 0)
    union all
    select
        'measure_import' as in_table,
        rowid as place,
        cast(to_json(entered) as varchar) as text
    from store.measure_import as entered
    where rowid >= coalesce(getvariable('rows_told')['measure_import'], 0)
    union all
    select
        'measure_value' as in_table,
        rowid as place,
        cast(to_json(entered) as varchar) as text
    from store.measure_value as entered
    where rowid >= coalesce(getvariable('rows_told')['measure_value'], 0)
    union all
    select
        'milestone_done' as in_table,
        rowid as place,
        cast(to_json(entered) as varchar) as text
    from store.milestone_done as entered
    where rowid >= coalesce(getvariable('rows_told')['milestone_done'], 0)
    union all
    select
        'missing_line' as in_table,
        rowid as place,
        cast(to_json(entered) as varchar) as text
    from store.missing_line as entered
    where rowid >= coalesce(getvariable('rows_told')['missing_line'], 0)
    union all
    select
        'order_line' as in_table,
        rowid as place,
        concat_ws(',', line_id, batch, row, occurrence) as text
    from store.order_line
    where rowid >= coalesce(getvariable('rows_told')['order_line'], 0)
    union all
    select
        'planned_spend' as in_table,
        rowid as place,
        cast(to_json(entered) as varchar) as text
    from store.planned_spend as entered
    where rowid >= coalesce(getvariable('rows_told')['planned_spend'], 0)
    union all
    select
        'planned_spend_dropped' as in_table,
        rowid as place,
        cast(to_json(entered) as varchar) as text
    from store.planned_spend_dropped as entered
    where rowid >= coalesce(getvariable('rows_told')['planned_spend_dropped'], 0)
    union all
    select
        'publication_decision' as in_table,
        rowid as place,
        cast(to_json(entered) as varchar) as text
    from store.publication_decision as entered
    where rowid >= coalesce(getvariable('rows_told')['publication_decision'], 0)
    union all
    select
        'reject' as in_table,
        rowid as place,
        cast(to_json(entered) as varchar) as text
    from store.reject as entered
    where rowid >= coalesce(getvariable('rows_told')['reject'], 0)
    union all
    select
        'reject_settled' as in_table,
        rowid as place,
        cast(to_json(entered) as varchar) as text
    from store.reject_settled as entered
    where rowid >= coalesce(getvariable('rows_told')['reject_settled'], 0)
    union all
    select
        'rejected_row' as in_table,
        rowid as place,
        cast(to_json(entered) as varchar) as text
    from store.rejected_row as entered
    where rowid >= coalesce(getvariable('rows_told')['rejected_row'], 0)
    union all
    select
        'sample' as in_table,
        rowid as place,
        cast(to_json(entered) as varchar) as text
    from store.sample as entered
    where rowid >= coalesce(getvariable('rows_told')['sample'], 0)
    union all
    select
        'sample_line' as in_table,
        rowid as place,
        cast(to_json(entered) as varchar) as text
    from store.sample_line as entered
    where rowid >= coalesce(getvariable('rows_told')['sample_line'], 0)
    union all
    select
        'schema_version' as in_table,
        rowid as place,
        cast(to_json(entered) as varchar) as text
    from store.schema_version as entered
    where rowid >= coalesce(getvariable('rows_told')['schema_version'], 0)
    union all
    select
        'settings_version' as in_table,
        rowid as place,
        cast(to_json(entered) as varchar) as text
    from store.settings_version as entered
    where rowid >= coalesce(getvariable('rows_told')['settings_version'], 0)
    union all
    select
        'settlement' as in_table,
        rowid as place,
        cast(to_json(entered) as varchar) as text
    from store.settlement as entered
    where rowid >= coalesce(getvariable('rows_told')['settlement'], 0)
    union all
    select
        'superseded' as in_table,
        rowid as place,
        cast(to_json(entered) as varchar) as text
    from store.superseded as entered
    where rowid >= coalesce(getvariable('rows_told')['superseded'], 0)
    union all
    select
        'unchanged_row' as in_table,
        rowid as place,
        cast(to_json(entered) as varchar) as text
    from store.unchanged_row as entered
    where rowid >= coalesce(getvariable('rows_told')['unchanged_row'], 0)
);
