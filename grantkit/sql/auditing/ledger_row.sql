-- One row: a row of the ledger's tables but the audit log and the schema's own, from the place `rows_from` on: 0 for
-- all of them, `uncommitted` for those that the open transaction has added. `place` counts a table's rows from 0, as
-- they were added. `text` is SHA-256 over the row as JSON without what is null, so that a column that comes to a table
-- later leaves it as it is. Of a line that is read again from its source file it is only what that file does not tell,
-- as it stands: there may be a million of them, and of rows that say them again. Sheets of corrected rows (by their
-- column `grantkit row`) are not read again.
-- A whole row goes by the alias `entered`: some tables have a column of their own name.
-- noqa: disable=AL05
create or replace temp view ledger_row as
with
file_read as (
    select batch
    from store.batch_reading
    where not contains(cast(recognised as varchar), 'the column grantkit row')
)

select
    in_table,
    place,
    case when text like '{%' then sha256(regexp_replace(text, ',"[a-z_0-9]+":null', '', 'g')) else text end as text
from (
    select
        'asset_entry' as in_table,
        rowid as place,
        cast(to_json(entered) as varchar) as text
    from store.asset_entry as entered
    where rowid >= getvariable('rows_from')
    union all
    select
        'batch' as in_table,
        rowid as place,
        cast(to_json(entered) as varchar) as text
    from store.batch as entered
    where rowid >= getvariable('rows_from')
    union all
    select
        'batch_reading' as in_table,
        rowid as place,
        cast(to_json(entered) as varchar) as text
    from store.batch_reading as entered
    where rowid >= getvariable('rows_from')
    union all
    select
        'batch_undone' as in_table,
        rowid as place,
        cast(to_json(entered) as varchar) as text
    from store.batch_undone as entered
    where rowid >= getvariable('rows_from')
    union all
    select
        'budget_move' as in_table,
        rowid as place,
        cast(to_json(entered) as varchar) as text
    from store.budget_move as entered
    where rowid >= getvariable('rows_from')
    union all
    select
        'claim' as in_table,
        rowid as place,
        cast(to_json(entered) as varchar) as text
    from store.claim as entered
    where rowid >= getvariable('rows_from')
    union all
    select
        'claim_left_out' as in_table,
        rowid as place,
        cast(to_json(entered) as varchar) as text
    from store.claim_left_out as entered
    where rowid >= getvariable('rows_from')
    union all
    select
        'claim_line' as in_table,
        rowid as place,
        cast(to_json(entered) as varchar) as text
    from store.claim_line as entered
    where rowid >= getvariable('rows_from')
    union all
    select
        'claim_note' as in_table,
        rowid as place,
        cast(to_json(entered) as varchar) as text
    from store.claim_note as entered
    where rowid >= getvariable('rows_from')
    union all
    select
        'claim_stream' as in_table,
        rowid as place,
        cast(to_json(entered) as varchar) as text
    from store.claim_stream as entered
    where rowid >= getvariable('rows_from')
    union all
    select
        'claim_submission' as in_table,
        rowid as place,
        cast(to_json(entered) as varchar) as text
    from store.claim_submission as entered
    where rowid >= getvariable('rows_from')
    union all
    select
        'claim_withdrawal' as in_table,
        rowid as place,
        cast(to_json(entered) as varchar) as text
    from store.claim_withdrawal as entered
    where rowid >= getvariable('rows_from')
    union all
    select
        'decision' as in_table,
        rowid as place,
        cast(to_json(entered) as varchar) as text
    from store.decision as entered
    where rowid >= getvariable('rows_from')
    union all
    select
        'decision_share' as in_table,
        rowid as place,
        cast(to_json(entered) as varchar) as text
    from store.decision_share as entered
    where rowid >= getvariable('rows_from')
    union all
    select
        'disallowance' as in_table,
        rowid as place,
        cast(to_json(entered) as varchar) as text
    from store.disallowance as entered
    where rowid >= getvariable('rows_from')
    union all
    select
        'finding_settled' as in_table,
        rowid as place,
        cast(to_json(entered) as varchar) as text
    from store.finding_settled as entered
    where rowid >= getvariable('rows_from')
    union all
    select
        'ignored_row' as in_table,
        rowid as place,
        cast(to_json(entered) as varchar) as text
    from store.ignored_row as entered
    where rowid >= getvariable('rows_from')
    union all
    select
        'invoice_line' as in_table,
        rowid as place,
        case
            when batch in (select file_read.batch from file_read) then concat_ws(',', line_id, batch, row, occurrence)
            else cast(to_json(entered) as varchar)
        end as text
    from store.invoice_line as entered
    where rowid >= getvariable('rows_from')
    union all
    select
        'measure_import' as in_table,
        rowid as place,
        cast(to_json(entered) as varchar) as text
    from store.measure_import as entered
    where rowid >= getvariable('rows_from')
    union all
    select
        'measure_value' as in_table,
        rowid as place,
        cast(to_json(entered) as varchar) as text
    from store.measure_value as entered
    where rowid >= getvariable('rows_from')
    union all
    select
        'milestone_done' as in_table,
        rowid as place,
        cast(to_json(entered) as varchar) as text
    from store.milestone_done as entered
    where rowid >= getvariable('rows_from')
    union all
    select
        'missing_line' as in_table,
        rowid as place,
        cast(to_json(entered) as varchar) as text
    from store.missing_line as entered
    where rowid >= getvariable('rows_from')
    union all
    select
        'order_line' as in_table,
        rowid as place,
        case
            when batch in (select file_read.batch from file_read) then concat_ws(',', line_id, batch, row, occurrence)
            else cast(to_json(entered) as varchar)
        end as text
    from store.order_line as entered
    where rowid >= getvariable('rows_from')
    union all
    select
        'planned_spend' as in_table,
        rowid as place,
        cast(to_json(entered) as varchar) as text
    from store.planned_spend as entered
    where rowid >= getvariable('rows_from')
    union all
    select
        'planned_spend_dropped' as in_table,
        rowid as place,
        cast(to_json(entered) as varchar) as text
    from store.planned_spend_dropped as entered
    where rowid >= getvariable('rows_from')
    union all
    select
        'publication_decision' as in_table,
        rowid as place,
        cast(to_json(entered) as varchar) as text
    from store.publication_decision as entered
    where rowid >= getvariable('rows_from')
    union all
    select
        'reject' as in_table,
        rowid as place,
        cast(to_json(entered) as varchar) as text
    from store.reject as entered
    where rowid >= getvariable('rows_from')
    union all
    select
        'reject_settled' as in_table,
        rowid as place,
        cast(to_json(entered) as varchar) as text
    from store.reject_settled as entered
    where rowid >= getvariable('rows_from')
    union all
    select
        'rejected_row' as in_table,
        rowid as place,
        cast(to_json(entered) as varchar) as text
    from store.rejected_row as entered
    where rowid >= getvariable('rows_from')
    union all
    select
        'sample' as in_table,
        rowid as place,
        cast(to_json(entered) as varchar) as text
    from store.sample as entered
    where rowid >= getvariable('rows_from')
    union all
    select
        'sample_line' as in_table,
        rowid as place,
        cast(to_json(entered) as varchar) as text
    from store.sample_line as entered
    where rowid >= getvariable('rows_from')
    union all
    select
        'settings_version' as in_table,
        rowid as place,
        cast(to_json(entered) as varchar) as text
    from store.settings_version as entered
    where rowid >= getvariable('rows_from')
    union all
    select
        'settlement' as in_table,
        rowid as place,
        cast(to_json(entered) as varchar) as text
    from store.settlement as entered
    where rowid >= getvariable('rows_from')
    union all
    select
        'superseded' as in_table,
        rowid as place,
        cast(to_json(entered) as varchar) as text
    from store.superseded as entered
    where rowid >= getvariable('rows_from')
    union all
    select
        'unchanged_row' as in_table,
        rowid as place,
        concat_ws(',', batch, row, line_id, held_batch) as text
    from store.unchanged_row
    where rowid >= getvariable('rows_from')
);
