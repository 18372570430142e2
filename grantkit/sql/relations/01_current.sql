-- Which versions count: those of batches that stand, unless a later batch that stands restated the line.

-- One row: a batch that was not undone.
create or replace temp view batch_standing as
select * from store.batch
where batch not in (select batch_undone.batch from store.batch_undone);

-- One row: a line that a standing batch restated, with the newest such batch.
create or replace temp view restated_line as
select
    superseded.line_id,
    max(superseded.by_batch) as by_batch
from store.superseded
where superseded.by_batch not in (select batch_undone.batch from store.batch_undone)
group by superseded.line_id;

-- One row: an invoice line in the version that counts.
create or replace temp view invoice_current as
select held.*
from store.invoice_line as held
left join restated_line on held.line_id = restated_line.line_id
where
    (restated_line.by_batch is null or held.batch >= restated_line.by_batch)
    and held.batch not in (select batch_undone.batch from store.batch_undone);

-- One row: an order line in the version that counts.
create or replace temp view order_current as
select held.*
from store.order_line as held
left join restated_line on held.line_id = restated_line.line_id
where
    (restated_line.by_batch is null or held.batch >= restated_line.by_batch)
    and held.batch not in (select batch_undone.batch from store.batch_undone);
