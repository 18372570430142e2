-- One row: an order line that was not cancelled, dated in a month (with $whole: whose order's first line is), and whose
-- order comes to more than the threshold, either way. `amount` is what was ordered, net, in pounds; the other columns
-- are those of publish_spending.
with
ordered as (
    select
        held.*,
        coding.bits,
        coding.allocation_key,
        coding.is_capital
    from order_current as held
    inner join order_coding as coding on held.line_id = coding.line_id
    where held.status != 'cancelled'
),

whole_order as (
    select
        po,
        sum(net) as total,
        min(order_date) as dated
    from ordered
    group by po
)

select
    ordered.line_id,
    ordered.order_date as dated,
    coalesce(ordered.supplier, ordered.supplier_id) as supplier,
    ordered.net as amount,
    allocation_key.work_streams,
    ordered.description as purpose,
    ordered.po as number,
    ordered.is_capital,
    case $procurement_category
        when 'category' then ordered.category
        when 'account' then ordered.account
        else ordered.project
    end as procurement_category,
    redact.reason as redact,
    exclude.reason as exclude,
    decided.treatment,
    decided.reason as decided_because,
    decided.supplier as seen_supplier,
    decided.purpose as seen_purpose
from ordered
inner join whole_order on ordered.po = whole_order.po
inner join allocation_key on ordered.allocation_key = allocation_key.allocation_key
left join rule as redact on lowest(of_kind('redact', ordered.bits)) = redact.number
left join rule as exclude on lowest(of_kind('exclude', ordered.bits)) = exclude.number
left join publication_decision_counting as decided on ordered.line_id = decided.line_id
where
    case when $whole then whole_order.dated else ordered.order_date end between $first and $last
    and ordered.net != 0
    and abs(whole_order.total) > $threshold
order by ordered.order_date, ordered.line_id;
