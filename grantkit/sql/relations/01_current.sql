-- Which versions count: those of batches that stand, unless a later batch that stands restated the line.

-- One row: a batch that was not undone.
create or replace temp view batch_standing as
select * from store.batch
where batch not in (select batch_undone.batch from store.batch_undone);

-- One row: a version of a line that no longer counts, as a later batch that stands restated the line.
create or replace temp table stale_version as
select distinct
    older.line_id,
    older.batch
from store.superseded as older
inner join (
    select
        line_id,
        max(by_batch) as by_batch
    from store.superseded
    where by_batch not in (select batch_undone.batch from store.batch_undone)
    group by line_id
) as newest
    on older.line_id = newest.line_id and older.batch < newest.by_batch;

-- One row: an invoice line in the version that counts.
create or replace temp view invoice_current as
select held.*
from store.invoice_line as held
anti join stale_version on held.line_id = stale_version.line_id and held.batch = stale_version.batch
anti join store.batch_undone as undone on held.batch = undone.batch;

-- One row: an order line in the version that counts.
create or replace temp view order_current as
select held.*
from store.order_line as held
anti join stale_version on held.line_id = stale_version.line_id and held.batch = stale_version.batch
anti join store.batch_undone as undone on held.batch = undone.batch;

-- One row: a line of either ledger, with the batch that brought the version that counts.
create or replace temp view line_current as
select
    line_id,
    batch
from invoice_current
union all
select
    line_id,
    batch
from order_current;

-- One row: one version of a line with the cell that it came from: document, line and net of an invoice line; the
-- order's number, its line and what was ordered of an order line. Amounts in pounds.
create or replace temp view line_cell as
select
    held.line_id,
    held.batch,
    batch.file,
    batch.sheet,
    batch.sha256,
    held.row,
    held.document,
    held.line,
    coalesce(held.supplier, held.supplier_id) as supplier,
    held.accounting_date,
    held.net,
    held.description,
    held.po
from store.invoice_line as held
inner join store.batch as batch on held.batch = batch.batch
union all
select
    held.line_id,
    held.batch,
    batch.file,
    batch.sheet,
    batch.sha256,
    held.row,
    held.po as document,
    held.line,
    coalesce(held.supplier, held.supplier_id) as supplier,
    held.order_date as accounting_date,
    held.net,
    held.description,
    held.po
from store.order_line as held
inner join store.batch as batch on held.batch = batch.batch;
