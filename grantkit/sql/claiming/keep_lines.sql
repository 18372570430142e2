-- Keeps the lines of a claim as prepared, each with the version of the line that counts now.
insert into store.claim_line by name
select
    cast(getvariable('claim_id') as integer) as claim_id,
    held.batch,
    claim_taken.*
from claim_taken
left join line_current as held on claim_taken.line_id = held.line_id
order by claim_taken.line_id, claim_taken.work_stream, claim_taken.cost_type desc;
