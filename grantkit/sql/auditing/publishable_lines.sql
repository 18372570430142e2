-- One row: a line among those named, in the version that counts, with the texts that would be published of it.
select
    held.line_id,
    coalesce(held.supplier, held.supplier_id) as supplier,
    coalesce(held.description, its_order.description) as purpose
from invoice_current as held
inner join invoice_coding as coding on held.line_id = coding.line_id
left join order_current as its_order on coding.order_line_id = its_order.line_id
where held.line_id in (select unnest(cast($lines as bigint[])))
union all
select
    line_id,
    coalesce(supplier, supplier_id) as supplier,
    description as purpose
from order_current
where line_id in (select unnest(cast($lines as bigint[])));
