-- One row: a batch that said something of a line.
select batch
from store.invoice_line
where line_id = $line_id
union
select batch
from store.order_line
where line_id = $line_id
union
select batch
from store.unchanged_row
where line_id = $line_id
union
select batch
from store.missing_line
where line_id = $line_id;
