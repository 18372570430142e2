-- severity: medium
-- meaning: Orders of one supplier, each below the limit from which more is asked for ([checks] order_limit), dated
--     within 7 days of the first, that reach it together: one purchase may have been split.
-- remedy: Ask what was bought; where it was one purchase, have it approved as one.
with recursive
purchase as (
    select
        coalesce(held.supplier_id, held.supplier) as supplier_key,
        any_value(coalesce(held.supplier, held.supplier_id)) as supplier,
        held.po,
        min(held.order_date) as order_date,
        sum(held.net) as net,
        list(held.line_id order by held.line_id) as lines
    from order_current as held
    where held.status != 'cancelled'
    group by coalesce(held.supplier_id, held.supplier), held.po
    having sum(held.net) > 0 and sum(held.net) < getvariable('order_limit')
),

placed as (
    select
        purchase.*,
        row_number() over (partition by supplier_key order by order_date, lines[1]) as place
    from purchase
),

-- one row: what would be found if a finding began with that order
window_from as (
    select
        first.supplier_key,
        first.place,
        count(*) as orders,
        max(later.place) as last_place,
        sum(later.net) as net
    from placed as first
    inner join placed as later
        on
            first.supplier_key = later.supplier_key
            and first.place <= later.place
            and later.order_date <= first.order_date + 7
    group by first.supplier_key, first.place
    having count(*) > 1 and sum(later.net) >= getvariable('order_limit')
),

-- the earliest first, then of those that hold the next order that none holds yet the one that begins last: they
-- overlap only where an order would be left out otherwise
chosen as (
    select
        supplier_key,
        min(place) as place
    from window_from
    group by supplier_key
    union all
    select
        chosen.supplier_key,
        arg_min(
            next.place,
            {'next_order': greatest(next.place, found.last_place + 1), 'apart': -next.place}
        ) as place
    from chosen
    inner join window_from as found on chosen.supplier_key = found.supplier_key and chosen.place = found.place
    inner join window_from as next on found.supplier_key = next.supplier_key and found.last_place < next.last_place
    group by chosen.supplier_key
)

select
    flatten(list(placed.lines order by placed.place)) as lines,
    cast(any_value(found.net) as decimal(18, 2)) as amount,
    any_value(found.orders) || ' orders of ' || any_value(placed.supplier) || ' from ' || min(placed.order_date) || ': '
    || string_agg(placed.po || ' (' || placed.net || ')', ', ' order by placed.place) as message
from chosen
inner join window_from as found on chosen.supplier_key = found.supplier_key and chosen.place = found.place
inner join placed
    on chosen.supplier_key = placed.supplier_key and placed.place between found.place and found.last_place
group by chosen.supplier_key, chosen.place
order by min(placed.lines[1]);
