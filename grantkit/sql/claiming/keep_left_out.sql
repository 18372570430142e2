-- Keeps what a claim leaves out, each line in the version that counts now.
insert into store.claim_left_out by name
select
    cast(getvariable('claim_id') as integer) as claim_id,
    held.batch,
    claim_leaves.*
from claim_leaves
left join line_current as held on claim_leaves.line_id = held.line_id
order by claim_leaves.kind, claim_leaves.line_id, claim_leaves.work_stream, claim_leaves.cost_type desc;
