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
        po,
        line
    from numbered
    group by po, line
    having count(*) > 1
),

compared as (
    select
        numbered.row,
        min(numbered.row) over (partition by numbered.po, numbered.line) as first_row,
        count(distinct {
            'supplier_id': supplier_id, 'supplier': supplier, 'order_date': order_date, 'net': net,
            'received': received, 'status': status, 'cost_centre': cost_centre, 'account': account,
            'project': project, 'category': category, 'description': description
        }) over (partition by numbered.po, numbered.line) as contents
    from numbered
    inner join twice on numbered.po = twice.po and numbered.line = twice.line
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
        and staged.order_date = held.order_date
        and staged.net = held.net
        and staged.received = held.received
        and staged.status = held.status
        and staged.cost_centre is not distinct from held.cost_centre
        and staged.account is not distinct from held.account
        and staged.project is not distinct from held.project
        and staged.category is not distinct from held.category
        and staged.description is not distinct from held.description
    ) as same
from staged
left join occurrences on staged.row = occurrences.row
inner join order_current as held
    on
        staged.po = held.po
        and staged.line is not distinct from held.line
        and occurrences.occurrence is not distinct from held.occurrence
where staged.faults is null;

-- One row: an order line that counts no more, as its batch was undone or a later one withdrew it.
create or replace temp table gone as
select held.*
from store.order_line as held
semi join gone_line on held.line_id = gone_line.line_id and held.batch = gone_line.batch;

-- One row: a staged row that is such a line. It is new to what counts, and takes up the line's own number again, so
-- that what was decided about the line and claimed of it holds. Joined to the lines that are gone first: mostly none.
create or replace temp table revived as
select
    staged.row,
    gone.line_id
from staged
inner join gone on staged.po = gone.po and staged.line is not distinct from gone.line
left join occurrences on staged.row = occurrences.row
where staged.faults is null and gone.occurrence is not distinct from occurrences.occurrence;
