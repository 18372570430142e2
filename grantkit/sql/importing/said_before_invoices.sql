-- What a batch said of lines when its file was taken in: as `said_invoices`, from the ledger.
create or replace temp view said as
select line_id from store.invoice_line where batch = getvariable('batch')
union
select line_id from store.unchanged_row where batch = getvariable('batch');

create or replace temp view fresh_lines as
select
    held.row,
    held.line_id,
    coalesce(held.supplier_id, held.supplier) as who,
    held.document,
    held.net,
    held.accounting_date as date
from store.invoice_line as held
where
    held.batch = getvariable('batch')
    and not exists (
        select 1 from store.invoice_line as older
        where older.line_id = held.line_id and older.batch < held.batch
    );

create or replace temp view refused_identity as
select
    who,
    document,
    line
from store.rejected_row
where batch = getvariable('batch');

create or replace temp view covered as
select
    min(held.accounting_date) as first_day,
    last_day(max(held.accounting_date)) as last_day
from store.invoice_line as held
inner join said on held.line_id = said.line_id;
