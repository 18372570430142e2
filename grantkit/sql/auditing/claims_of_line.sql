-- One row: a preparation of a claim that holds something of a line.
select distinct claim_id
from store.claim_line
where line_id = $line_id;
