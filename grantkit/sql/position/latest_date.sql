-- The latest order date or accounting date that counts in the ledger; null where it is empty.
select max(latest) as latest
from (
    select max(counts_on) as latest from invoice_coding
    union all
    select max(order_date) as latest from order_coding
);
