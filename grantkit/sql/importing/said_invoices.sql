-- What the file says of lines: which of the ledger's it says again (`said`), which are new (`fresh_lines`; without a
-- number in a dry run), and the days that it covers (`covered`): from its
-- earliest date to the end of its latest one's month, as a later extract goes on where an earlier one ended.
create or replace temp view said as
select line_id
from not_new
where outcome in ('unchanged', 'restated');

create or replace temp view fresh_lines as
select
    staged.row,
    held.line_id,
    coalesce(staged.supplier_id, staged.supplier) as who,
    staged.document,
    staged.net,
    staged.accounting_date as date
from staged
anti join not_new on staged.row = not_new.row
left join store.invoice_line as held on staged.row = held.row and held.batch = getvariable('batch')
where staged.faults is null;

create or replace temp view covered as
select
    min(accounting_date) as first_day,
    last_day(max(accounting_date)) as last_day
from staged
where faults is null;
