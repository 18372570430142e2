-- One row: a line that a preparation of a claim holds something of.
select distinct line_id
from store.claim_line
where claim_id = $claim_id;
