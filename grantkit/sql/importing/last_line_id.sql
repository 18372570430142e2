-- The highest line number of both ledgers; 0 where they are empty.
select coalesce(max(line_id), 0) as last_line_id
from (
    select max(line_id) as line_id from store.invoice_line
    union all
    select max(line_id) as line_id from store.order_line
);
