-- severity: low
-- meaning: One supplier's id with several names, or one name with several ids: the lines of one supplier may not be
--     seen together. Of each variant the first line is named.
-- remedy: Have the supplier file put right; a rule that names suppliers should name all the variants.
with
known as (
    select
        supplier_id,
        supplier,
        min(line_id) as line_id,
        sum(cost) as cost
    from checked_line
    where supplier_id is not null and supplier is not null
    group by supplier_id, supplier
    union all
    select
        supplier_id,
        supplier,
        min(line_id) as line_id,
        0 as cost
    from order_current
    where supplier_id is not null and supplier is not null
    group by supplier_id, supplier
),

variant as (
    select
        supplier_id,
        supplier,
        min(line_id) as line_id,
        sum(cost) as cost
    from known
    group by supplier_id, supplier
)

select
    list(line_id order by line_id) as lines,
    cast(sum(cost) as decimal(18, 2)) as amount,
    'id ' || supplier_id || ' with several names: ' || string_agg(supplier, ', ' order by line_id) as message
from variant
group by supplier_id
having count(*) > 1
union all
select
    list(line_id order by line_id) as lines,
    cast(sum(cost) as decimal(18, 2)) as amount,
    'name ' || supplier || ' with several ids: ' || string_agg(supplier_id, ', ' order by line_id) as message
from variant
group by supplier
having count(*) > 1
order by message;
