-- What the checks look at: the lines that count, and the invoices that they make up.

-- A document's number without case, punctuation and blanks, and without the zeros that lead a run of digits.
create or replace temp macro plain_number(document) as
regexp_replace(
    regexp_replace(upper(document), '[^\pL\pN]', '', 'g'), '(^|[^0-9])0+([0-9])', '\1\2', 'g'
);

-- One row: an invoice line in the version that counts. `supplier_key` is the supplier's id, else the name.
create or replace temp view checked_line as
select
    held.line_id,
    held.batch,
    coalesce(held.supplier_id, held.supplier) as supplier_key,
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
-- one accounting date, as the second posting of an invoice comes at another). `total` is gross, in pounds.
create or replace temp table checked_invoice as
with
invoice as (
    select
        supplier_key,
        document,
        plain_number(document) as number,
        any_value(coalesce(supplier, supplier_id)) as supplier,
        min(invoice_date) as invoice_date,
        min(accounting_date) as posted_on,
        cast(sum(gross) as decimal(18, 2)) as total,
        list(line_id order by line_id) as lines
    from checked_line
    where document is not null
    group by supplier_key, document, case when line is null then accounting_date end
    having sum(gross) != 0
),

-- how many of one supplier's invoices of the same number and amount take money back, and how many ask for it
sided as (
    select
        invoice.*,
        invoice.total < 0 as is_credit,
        count(*) filter (where invoice.total < 0)
            over (partition by invoice.supplier_key, invoice.number, abs(invoice.total)) as credits,
        count(*) filter (where invoice.total > 0)
            over (partition by invoice.supplier_key, invoice.number, abs(invoice.total)) as charges,
        count(*) filter (where invoice.total < 0)
            over (partition by invoice.supplier_key, invoice.document, abs(invoice.total)) as own_credits
    from invoice
),

placed as (
    select
        sided.*,
        row_number() over (
            partition by sided.supplier_key, sided.number, sided.total
            order by sided.own_credits > 0 desc, sided.posted_on, sided.lines[1]
        ) as place
    from sided
)

-- a charge and the credit that reverses it are netted before anything else: neither is looked at any more
select
    supplier_key,
    supplier,
    document,
    number,
    invoice_date,
    posted_on,
    total,
    lines
from placed
where place > case when is_credit then charges else credits end;
