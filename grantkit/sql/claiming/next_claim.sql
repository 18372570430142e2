-- The number that the next preparation of a claim gets.
select coalesce(max(claim_id), 0) + 1 as claim_id
from store.claim;
