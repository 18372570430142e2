-- The rows of the claim's schedule.
select count(*) as lines
from claim_taken;
