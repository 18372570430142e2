-- Lines that earlier extracts of the same source say and the file that is being taken in lacks.
--
-- Rests on the relations as they were laid before the file's batch was kept, on the variables kind, profile_sha256,
-- sheet, missing_batch (the batch being taken in; null in a dry run), first_day and last_day (the days that the
-- file covers), and on the tables that the import makes: `said` (the lines of the ledger that the file says, unchanged
-- or restated), `refused_identity` (of its refused rows) and `fresh_lines` (its new lines).

-- One row: a batch that may be an earlier extract of the same source.
create or replace temp table earlier_extract as
select batch
from batch_standing
where
    kind = getvariable('kind')
    and profile_sha256 = getvariable('profile_sha256')
    and sheet is not distinct from getvariable('sheet')
    and (getvariable('missing_batch') is null or batch < getvariable('missing_batch'));

-- One row: a line that counts and is dated in the days that the file covers, in the version that counted before it.
-- `net` in pounds.
create or replace temp view line_in_span as
select
    line_id,
    batch,
    row,
    coalesce(supplier_id, supplier) as who,
    coalesce(supplier, supplier_id) as supplier,
    document,
    line,
    accounting_date as dated,
    net
from invoice_current
where
    getvariable('kind') = 'invoices'
    and accounting_date between getvariable('first_day') and getvariable('last_day')
    and (getvariable('missing_batch') is null or batch < getvariable('missing_batch'))
union all
select
    line_id,
    batch,
    row,
    coalesce(supplier_id, supplier) as who,
    coalesce(supplier, supplier_id) as supplier,
    po as document,
    line,
    order_date as dated,
    net
from order_current
where
    getvariable('kind') = 'orders'
    and order_date between getvariable('first_day') and getvariable('last_day')
    and (getvariable('missing_batch') is null or batch < getvariable('missing_batch'));

-- One row: a line that a later batch said again, where the file was taken in before, as `missing_batch`.
create or replace temp view said_later as
select told.line_id
from store.unchanged_row as told
semi join batch_standing on told.batch = batch_standing.batch
where told.batch > getvariable('missing_batch');

-- One row: a line that the file does not say. As a rule there are none, and then all that follows costs nothing.
create or replace temp table unsaid as
select held.*
from line_in_span as held
anti join said on held.line_id = said.line_id
anti join said_later on held.line_id = said_later.line_id;

-- One row: an earlier extract that says lines which the file does not, and each such line.
create or replace temp table told_unsaid as
select
    told.batch,
    told.line_id
from store.invoice_line as told
semi join unsaid on told.line_id = unsaid.line_id
semi join earlier_extract on told.batch = earlier_extract.batch
union
select
    told.batch,
    told.line_id
from store.order_line as told
semi join unsaid on told.line_id = unsaid.line_id
semi join earlier_extract on told.batch = earlier_extract.batch
union
select
    told.batch,
    told.line_id
from store.unchanged_row as told
semi join unsaid on told.line_id = unsaid.line_id
semi join earlier_extract on told.batch = earlier_extract.batch;

-- One row: such an extract, with how many of its lines in these days the file says again.
create or replace temp table said_again as
with
told as (
    select
        held.batch,
        held.line_id
    from store.invoice_line as held
    semi join told_unsaid on held.batch = told_unsaid.batch
    union
    select
        held.batch,
        held.line_id
    from store.order_line as held
    semi join told_unsaid on held.batch = told_unsaid.batch
    union
    select
        again.batch,
        again.line_id
    from store.unchanged_row as again
    semi join told_unsaid on again.batch = told_unsaid.batch
)

select
    told.batch,
    count(*) as lines
from told
semi join said on told.line_id = said.line_id
semi join line_in_span as held on told.line_id = held.line_id
group by told.batch;

-- One row: a missing line. Its extract is taken to come again in the file where the file says more than
-- half of it, or half, and what it does not say are lines without a number of which it has new versions.
-- A line is not missing where a person has said that it stays, or where the file has it in a row that is refused.
create or replace temp table missing as
with
-- One row: a line without a number beside which the file has a new one of its document and supplier.
changed as (
    select distinct unsaid.line_id
    from unsaid
    semi join fresh_lines as fresh on unsaid.who = fresh.who and unsaid.document = fresh.document
    where unsaid.line is null
),

come_again as (
    select told_unsaid.batch
    from told_unsaid
    left join said_again on told_unsaid.batch = said_again.batch
    left join changed on told_unsaid.line_id = changed.line_id
    group by told_unsaid.batch
    having
        coalesce(max(said_again.lines), 0) > count(*)
        or (coalesce(max(said_again.lines), 0) = count(*) and count(*) = count(changed.line_id))
),

staying as (
    select line_id
    from store.missing_line
    group by line_id
    having arg_max_null(answer, {'at': noticed_at, 'batch': batch, 'answered': answer is not null}) = 'keep'
)

select unsaid.*
from unsaid
semi join (
    select told_unsaid.line_id
    from told_unsaid
    semi join come_again on told_unsaid.batch = come_again.batch
) as told on unsaid.line_id = told.line_id
anti join staying on unsaid.line_id = staying.line_id
-- an order line is known without its supplier, and a refused row may lack its own
anti join refused_identity as refused
    on
        unsaid.line is not distinct from refused.line
        and unsaid.document is not distinct from refused.document
        and (
            unsaid.who = refused.who
            or (refused.document is not null and (refused.who is null or getvariable('kind') = 'orders'))
        );
