-- What the claim leaves out because it has no stream: pounds to date on the claim basis.
select coalesce(sum(worth), 0) as unallocated
from claim_worth
where work_stream = 'UNALLOCATED';
