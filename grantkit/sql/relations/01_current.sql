-- Which version of a line counts: the one that the newest batch that stands says of it. A batch says of a line
--   a version: its own, where the line was new in its file or restated;
--   an earlier version again: `unchanged_row`, with the batch that brought that version;
--   that it is no more: `superseded` with the reason `missing`; from then on the line does not count.
-- A line of which no batch that stands says anything does not count either.
--
-- Where no batch that spoke of a line was undone and none withdrew it, this comes to much less: an unchanged row says
-- again what counts anyway, so the newest version counts, and only the few restated lines have others. The rule as a
-- whole is carried out only for lines that undone batches or withdrawals touch (`revisited_line`); as a rule there are
-- none, and joins to an empty table end before they read the million lines on their other side.

-- One row: a batch that was not undone.
create or replace temp view batch_standing as
select * from store.batch
where batch not in (select batch_undone.batch from store.batch_undone);

-- One row: a refused row that needs no more work: dismissed with a reason, or replaced by a row of another batch. Where
-- that batch was undone, the row waits again.
create or replace temp view reject_settlement as
select settled.*
from store.reject_settled as settled
where settled.by_batch is null or settled.by_batch in (select batch_standing.batch from batch_standing)
qualify row_number() over (partition by settled.batch, settled.row order by settled.settled_at desc) = 1;

-- One row: a line of which an undone batch said something, or which some batch withdrew.
create or replace temp table revisited_line as
select said.line_id
from store.invoice_line as said
semi join store.batch_undone as undone on said.batch = undone.batch
union
select said.line_id
from store.order_line as said
semi join store.batch_undone as undone on said.batch = undone.batch
union
select said.line_id
from store.unchanged_row as said
semi join store.batch_undone as undone on said.batch = undone.batch
union
select line_id
from store.superseded
where reason = 'missing';

-- One row: one version of such a line, whether or not its batch stands.
create or replace temp table revisited_version as
select
    held.line_id,
    held.batch
from store.invoice_line as held
semi join revisited_line on held.line_id = revisited_line.line_id
union all
select
    held.line_id,
    held.batch
from store.order_line as held
semi join revisited_line on held.line_id = revisited_line.line_id;

-- One row: such a line with the version that counts; `batch` is null where none does.
create or replace temp table revisited_current as
with
again as (
    select
        said.line_id,
        said.batch,
        said.held_batch
    from store.unchanged_row as said
    semi join revisited_line on said.line_id = revisited_line.line_id
    anti join store.batch_undone as undone on said.batch = undone.batch
),

-- rows from before `held_batch` was kept, when no batch could be undone: they say the newest version of their time
again_resolved as (
    select
        again.line_id,
        again.batch,
        max(version.batch) as held_batch
    from again
    inner join revisited_version as version
        on again.line_id = version.line_id and again.batch >= version.batch
    where again.held_batch is null
    group by again.line_id, again.batch
),

-- a withdrawal says 0
said as (
    select
        version.line_id,
        version.batch as by_batch,
        version.batch as held_batch
    from revisited_version as version
    anti join store.batch_undone as undone on version.batch = undone.batch
    union all
    select
        line_id,
        batch as by_batch,
        held_batch
    from again
    where held_batch is not null
    union all
    select
        line_id,
        batch as by_batch,
        held_batch
    from again_resolved
    union all
    select
        gone.line_id,
        gone.by_batch,
        0 as held_batch
    from store.superseded as gone
    anti join store.batch_undone as undone on gone.by_batch = undone.batch
    where gone.reason = 'missing'
),

newest as (
    select
        line_id,
        arg_max(held_batch, by_batch) as held_batch
    from said
    group by line_id
)

select
    revisited_line.line_id,
    nullif(newest.held_batch, 0) as batch
from revisited_line
left join newest on revisited_line.line_id = newest.line_id;

-- One row: a line that counts no more, with the newest of its versions. Where it comes again it is the same line.
create or replace temp table gone_line as
select
    version.line_id,
    max(version.batch) as batch
from revisited_version as version
inner join revisited_current as held on version.line_id = held.line_id
where held.batch is null
group by version.line_id;

-- One row: a version of a line that does not count (any more).
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
    group by line_id
) as newest
    on older.line_id = newest.line_id and older.batch < newest.by_batch
anti join revisited_line on older.line_id = revisited_line.line_id
union all
select
    version.line_id,
    version.batch
from revisited_version as version
anti join revisited_current as held on version.line_id = held.line_id and version.batch = held.batch;

-- One row: an invoice line in the version that counts. Its batch may have been undone, where another says it again.
create or replace temp view invoice_current as
select held.*
from store.invoice_line as held
anti join stale_version on held.line_id = stale_version.line_id and held.batch = stale_version.batch;

-- One row: an order line in the version that counts.
create or replace temp view order_current as
select held.*
from store.order_line as held
anti join stale_version on held.line_id = stale_version.line_id and held.batch = stale_version.batch;

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
