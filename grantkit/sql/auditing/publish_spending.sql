-- One row: an invoice line that counts in a month (by the accounting date that counts) and whose invoice comes to more
-- than the threshold, either way. `amount` is its cost: net, and VAT where that cannot be reclaimed; pounds. `redact`
-- and `exclude` are the reasons of the rules that name it, `treatment` what a person decided, `seen_supplier` and
-- `seen_purpose` the texts at that time.
with
spent as (
    select
        held.*,
        coding.counts_on,
        coding.cost,
        coding.bits,
        coding.order_line_id,
        coding.allocation_key,
        coding.is_capital
    from invoice_current as held
    inner join invoice_coding as coding on held.line_id = coding.line_id
),

-- an invoice is what one supplier (the id, else the name) sent under one number; without a number each line is one
invoice as (
    select
        coalesce(supplier_id, supplier) as supplier_key,
        document,
        sum(cost) as total
    from spent
    where document is not null
    group by coalesce(supplier_id, supplier), document
)

select
    spent.line_id,
    spent.counts_on as dated,
    coalesce(spent.supplier, spent.supplier_id) as supplier,
    spent.cost as amount,
    allocation_key.work_streams,
    coalesce(spent.description, its_order.description) as purpose,
    spent.document as number,
    spent.is_capital,
    case $procurement_category
        when 'category' then coalesce(spent.category, its_order.category)
        when 'account' then coalesce(spent.account, its_order.account)
        else coalesce(spent.project, its_order.project)
    end as procurement_category,
    redact.reason as redact,
    exclude.reason as exclude,
    decided.treatment,
    decided.reason as decided_because,
    decided.supplier as seen_supplier,
    decided.purpose as seen_purpose
from spent
inner join allocation_key on spent.allocation_key = allocation_key.allocation_key
left join order_current as its_order on spent.order_line_id = its_order.line_id
left join invoice
    on coalesce(spent.supplier_id, spent.supplier) = invoice.supplier_key and spent.document = invoice.document
left join rule as redact on lowest(of_kind('redact', spent.bits)) = redact.number
left join rule as exclude on lowest(of_kind('exclude', spent.bits)) = exclude.number
left join publication_decision_counting as decided on spent.line_id = decided.line_id
where
    spent.counts_on between $first and $last
    and spent.cost != 0
    and abs(coalesce(invoice.total, spent.cost)) > $threshold
order by spent.counts_on, spent.line_id;
