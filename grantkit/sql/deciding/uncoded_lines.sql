-- One row: an invoice or order line that no stream takes, wholly or in part, the largest net first, with the coding
-- that rules see and with what earlier decisions gave to lines like it: the streams that most of them gave (of equally
-- many those of the newest), how many gave these, how many there are, and whether they share the coding or only the
-- supplier. Net in pounds; `all_lines` counts all such lines, of which at most so many (`most`) are given.
with
line as (
    select
        'invoice' as ledger,
        held.line_id,
        held.batch,
        held.row,
        held.document,
        held.line,
        held.po,
        held.supplier_id,
        held.supplier,
        coding.counts_on as dated,
        held.net,
        coalesce(held.cost_centre, order_named.cost_centre, '') as cost_centre,
        coalesce(held.account, order_named.account, '') as account,
        coalesce(held.project, order_named.project, '') as project,
        held.category,
        held.description,
        coding.allocation_key
    from invoice_current as held
    inner join invoice_coding as coding on held.line_id = coding.line_id
    left join order_named on held.po = order_named.po and coalesce(held.po_line, '') = order_named.po_line
    union all
    select
        'order' as ledger,
        held.line_id,
        held.batch,
        held.row,
        held.po as document,
        held.line,
        null as po,
        held.supplier_id,
        held.supplier,
        held.order_date as dated,
        held.net,
        coalesce(held.cost_centre, '') as cost_centre,
        coalesce(held.account, '') as account,
        coalesce(held.project, '') as project,
        held.category,
        held.description,
        coding.allocation_key
    from order_current as held
    inner join order_coding as coding on held.line_id = coding.line_id
),

-- decisions that still place a line whole, by what they are about and what they say
decided as (
    select
        lower(coalesce(line.supplier_id, line.supplier)) as who,
        line.cost_centre,
        line.account,
        line.project,
        allocation_key.work_streams,
        allocation_key.weights,
        count(*) as times,
        max(decision_counting.decision) as newest
    from line
    inner join decision_counting on line.line_id = decision_counting.line_id and decision_counting.aspect = 'stream'
    inner join allocation_key on -decision_counting.decision = allocation_key.allocation_key
    where not list_contains(allocation_key.work_streams, 'UNALLOCATED')
    group by all
),

by_coding as (
    select
        *,
        sum(times) over (partition by who, cost_centre, account, project) as of_all
    from decided
    qualify
        row_number() over (partition by who, cost_centre, account, project order by times desc, newest desc) = 1
),

of_supplier as (
    select
        who,
        work_streams,
        weights,
        sum(times) as times,
        max(newest) as newest
    from decided
    group by who, work_streams, weights
),

by_supplier as (
    select
        *,
        sum(times) over (partition by who) as of_all
    from of_supplier
    qualify row_number() over (partition by who order by times desc, newest desc) = 1
),

uncoded as (
    select line.*
    from line
    inner join allocation_key on line.allocation_key = allocation_key.allocation_key
    where list_contains(allocation_key.work_streams, 'UNALLOCATED')
)

select
    line.ledger,
    line.line_id,
    line.document,
    line.line,
    line.po,
    coalesce(line.supplier, line.supplier_id) as supplier,
    line.dated,
    line.net,
    line.cost_centre,
    line.account,
    line.project,
    line.category,
    line.description,
    batch.file || coalesce(' [' || batch.sheet || ']', '') as source,
    line.row,
    coalesce(by_coding.work_streams, by_supplier.work_streams) as work_streams,
    coalesce(by_coding.weights, by_supplier.weights) as weights,
    cast(coalesce(by_coding.times, by_supplier.times) as bigint) as times,
    cast(coalesce(by_coding.of_all, by_supplier.of_all) as bigint) as of_all,
    by_coding.times is not null as same_coding,
    count(*) over () as all_lines
from uncoded as line
inner join store.batch as batch on line.batch = batch.batch
left join by_coding
    on
        lower(coalesce(line.supplier_id, line.supplier)) = by_coding.who
        and line.cost_centre = by_coding.cost_centre
        and line.account = by_coding.account
        and line.project = by_coding.project
left join by_supplier on lower(coalesce(line.supplier_id, line.supplier)) = by_supplier.who
order by line.net desc, line.line_id
limit $most;
