-- severity: low
-- meaning: A negative line of a supplier that has no earlier positive line of at least that amount.
-- remedy: Find what it credits: it may belong to another award, or the invoice is missing here.
with
largest as (
    select
        line_id,
        supplier_key,
        supplier,
        supplier_id,
        document,
        net,
        cost,
        counts_on,
        max(net) over (
            partition by supplier_key order by counts_on, line_id
            rows between unbounded preceding and 1 preceding
        ) as largest_before
    from checked_line
)

select
    [line_id] as lines,
    cost as amount,
    coalesce(supplier, supplier_id) || ', ' || coalesce(document, 'no document') || ': ' || net
    || ' with no invoice before it that is as large' as message
from largest
where net < 0 and coalesce(largest_before, 0) < -net
order by line_id;
