-- Rows that are no lines of such a ledger, by a column that says so: payments among invoices, the control account's
-- side of a posting. They are left out after totals are checked, which count them too.
insert into ignored
select
    staged.row,
    'left out by the profile' as reason,
    staged.net,
    staged.net as expected
from staged
inner join source_text on staged.row = source_text.row
where
    list_contains(getvariable('left_out'), upper(text_of(source_text.leave_out_cell)))
    and coalesce(staged.faults[1].code, '') not in ('too-few-cells', 'too-many-cells')
    and coalesce(staged.faults[1].cause, '') != 'open-quote';

delete from staged
where row in (select ignored.row from ignored);
