-- Which staged rows are the same line: as one another (`repeats`), as a line of the ledger (`found`), and as one that
-- counts no more (`revived`). Rests on the table `occurrences`.

-- One row: a row whose identity stands more than once in the file. `verdict` is `conflict` where the contents
-- differ, `again` where an earlier row says the same, `first` on that earlier row.
create or replace temp table repeats as
with
numbered as (
    select * from staged
    where faults is null and line is not null
),

twice as (
    select
        coalesce(supplier_id, supplier) as who,
        document,
        line
    from numbered
    group by who, document, line
    having count(*) > 1
),

compared as (
    select
        numbered.row,
        min(numbered.row) over (partition by twice.who, numbered.document, numbered.line) as first_row,
        count(distinct {
            'supplier_id': supplier_id, 'supplier': supplier, 'invoice_date': invoice_date,
            'accounting_date': accounting_date, 'net': net, 'vat': vat, 'gross': gross, 'po': po, 'po_line': po_line,
            'cost_centre': cost_centre, 'account': account, 'project': project, 'category': category,
            'description': description, 'paid_date': paid_date
        }) over (partition by twice.who, numbered.document, numbered.line) as contents
    from numbered
    inner join twice
        on
            coalesce(numbered.supplier_id, numbered.supplier) = twice.who
            and numbered.document is not distinct from twice.document
            and numbered.line = twice.line
)

select
    row,
    first_row,
    case when contents > 1 then 'conflict' when row = first_row then 'first' else 'again' end as verdict
from compared;

-- One row: a staged row that is a line of the ledger already; `same` says whether its content is too.
create or replace temp table found as
select
    staged.row,
    held.line_id,
    held.batch,
    held.net as held_net,
    (
        staged.supplier_id is not distinct from held.supplier_id
        and staged.supplier is not distinct from held.supplier
        and staged.invoice_date is not distinct from held.invoice_date
        and staged.accounting_date = held.accounting_date
        and staged.net = held.net
        and staged.vat = held.vat
        and staged.gross = held.gross
        and staged.po is not distinct from held.po
        and staged.po_line is not distinct from held.po_line
        and staged.cost_centre is not distinct from held.cost_centre
        and staged.account is not distinct from held.account
        and staged.project is not distinct from held.project
        and staged.category is not distinct from held.category
        and staged.description is not distinct from held.description
        and staged.paid_date is not distinct from held.paid_date
    ) as same
from staged
inner join invoice_current as held
    on
        coalesce(staged.supplier_id, staged.supplier) = coalesce(held.supplier_id, held.supplier)
        and staged.document is not distinct from held.document
        and staged.line = held.line
where staged.faults is null
union all
select
    staged.row,
    held.line_id,
    held.batch,
    held.net as held_net,
    (staged.paid_date is not distinct from held.paid_date) as same
from staged
inner join occurrences on staged.row = occurrences.row
inner join invoice_current as held
    on
        held.line is null
        and occurrences.occurrence = held.occurrence
        and staged.document is not distinct from held.document
        and staged.supplier_id is not distinct from held.supplier_id
        and staged.supplier is not distinct from held.supplier
        and staged.invoice_date is not distinct from held.invoice_date
        and staged.accounting_date = held.accounting_date
        and staged.net = held.net
        and staged.vat = held.vat
        and staged.gross = held.gross
        and staged.po is not distinct from held.po
        and staged.po_line is not distinct from held.po_line
        and staged.cost_centre is not distinct from held.cost_centre
        and staged.account is not distinct from held.account
        and staged.project is not distinct from held.project
        and staged.category is not distinct from held.category
        and staged.description is not distinct from held.description;

-- One row: an invoice line that counts no more, as its batch was undone or a later one withdrew it.
create or replace temp table gone as
select held.*
from store.invoice_line as held
semi join gone_line on held.line_id = gone_line.line_id and held.batch = gone_line.batch;

-- One row: a staged row that is such a line. It is new to what counts, and takes up the line's own number again, so
-- that what was decided about the line and claimed of it holds. Joined to the lines that are gone first: mostly none.
create or replace temp table revived as
select
    staged.row,
    gone.line_id
from staged
inner join gone
    on
        coalesce(staged.supplier_id, staged.supplier) = coalesce(gone.supplier_id, gone.supplier)
        and staged.document is not distinct from gone.document
        and staged.line = gone.line
where staged.faults is null
union all
select
    staged.row,
    gone.line_id
from staged
inner join gone
    on
        gone.line is null
        and staged.line is null
        and staged.document is not distinct from gone.document
        and staged.supplier_id is not distinct from gone.supplier_id
        and staged.supplier is not distinct from gone.supplier
        and staged.invoice_date is not distinct from gone.invoice_date
        and staged.accounting_date = gone.accounting_date
        and staged.net = gone.net
        and staged.vat = gone.vat
        and staged.gross = gone.gross
        and staged.po is not distinct from gone.po
        and staged.po_line is not distinct from gone.po_line
        and staged.cost_centre is not distinct from gone.cost_centre
        and staged.account is not distinct from gone.account
        and staged.project is not distinct from gone.project
        and staged.category is not distinct from gone.category
        and staged.description is not distinct from gone.description
inner join occurrences on staged.row = occurrences.row and gone.occurrence = occurrences.occurrence
where staged.faults is null;
