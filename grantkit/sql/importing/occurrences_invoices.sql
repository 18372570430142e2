-- One row: a row without a line number, and which of the rows of the same content it is.
create or replace temp table occurrences as
select
    row,
    row_number() over (
        partition by
            document, supplier_id, supplier, invoice_date, accounting_date, net, vat, gross, po, po_line,
            cost_centre, account, project, category, description
        order by row
    ) as occurrence
from staged
where faults is null and line is null;
