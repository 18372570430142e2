-- What the checks look at: the lines that count, and the invoices that they make up.

-- A document's number without case, punctuation and blanks, and without the zeros that lead a run of digits.
create or replace temp macro plain_number(document) as
regexp_replace(
    regexp_replace(upper(document), '[^\pL\pN]', '', 'g'), '(^|[^0-9])0+([0-9])', '\1\2', 'g'
);

-- One row: an invoice line in the version that counts. `supplier_key` is the supplier's id, else the name; `told` is
-- how a message names the line.
create or replace temp view checked_line as
select
    held.line_id,
    held.batch,
    coalesce(held.supplier_id, held.supplier) as supplier_key,
    coalesce(held.supplier, held.supplier_id) || ', ' || coalesce(held.document, 'no document') as told,
    held.supplier_id,
    held.supplier,
    held.document,
    held.line,
    held.invoice_date,
    held.accounting_date,
    coding.counts_on,
    held.net,
    held.gross,
    coding.cost,
    held.po,
    held.description,
    held.account,
    held.category,
    held.paid_date,
    coding.order_line_id,
    coding.bits,
    coding.allocation_key
from invoice_current as held
inner join invoice_coding as coding on held.line_id = coding.line_id;

-- One row: an invoice: the lines of one supplier under one number (where they have no numbers of their own, those of
-- one accounting date, as the second posting of an invoice comes at another: `apart_on`). `total` is gross, in pounds.
create or replace temp table invoice_total as
select
    supplier_key,
    document,
    case when line is null then accounting_date end as apart_on,
    plain_number(document) as number,
    min(invoice_date) as invoice_date,
    min(accounting_date) as posted_on,
    cast(sum(gross) as decimal(18, 2)) as total,
    min(line_id) as first_line
from checked_line
where document is not null
group by supplier_key, document, case when line is null then accounting_date end
having sum(gross) != 0;

-- One row: an invoice that is looked at for a duplicate. A charge and the credit that reverses it are netted before
-- anything else: neither is looked at any more. Nor is an invoice that is like no other: nearly all of them are not,
-- and only of the rest the lines are listed.
create or replace temp table checked_invoice as
with
both_ways as (
    select
        supplier_key,
        number,
        abs(total) as size,
        count(*) filter (where total < 0) as credits,
        count(*) filter (where total > 0) as charges
    from invoice_total
    group by supplier_key, number, abs(total)
    having credits > 0 and charges > 0
),

sided as (
    select
        invoice.*,
        case when invoice.total < 0 then both_ways.charges else both_ways.credits end as others,
        count(*) filter (where invoice.total < 0)
            over (partition by invoice.supplier_key, invoice.document, abs(invoice.total)) as own_credits
    from invoice_total as invoice
    inner join both_ways
        on
            invoice.supplier_key = both_ways.supplier_key
            and invoice.number = both_ways.number
            and abs(invoice.total) = both_ways.size
),

netted as (
    select
        sided.*,
        row_number() over (
            partition by sided.supplier_key, sided.number, sided.total
            order by sided.own_credits > 0 desc, sided.posted_on, sided.first_line
        ) <= sided.others as is_netted
    from sided
),

standing as (
    select invoice.*
    from invoice_total as invoice
    anti join netted on invoice.first_line = netted.first_line and netted.is_netted
),

alike as (
    select unnest(members) as first_line
    from (
        select list(first_line) as members
        from standing
        group by number, total
        having count(*) > 1
        union all
        select list(first_line) as members
        from standing
        where invoice_date is not null
        group by supplier_key, invoice_date, total
        having count(*) > 1
    )
)

select
    invoice.supplier_key,
    any_value(coalesce(line.supplier, line.supplier_id)) as supplier,
    invoice.document,
    invoice.number,
    invoice.invoice_date,
    invoice.posted_on,
    invoice.total,
    list(line.line_id order by line.line_id) as lines
from standing as invoice
inner join checked_line as line
    on
        invoice.supplier_key = line.supplier_key
        and invoice.document = line.document
        and invoice.apart_on is not distinct from case when line.line is null then line.accounting_date end
where invoice.first_line in (select alike.first_line from alike)
group by all;
