-- Keeps the lines of a claim as prepared.
insert into store.claim_line
select
    cast(getvariable('claim_id') as integer) as claim_id,
    claim_taken.*
from claim_taken
order by line_id, work_stream, cost_type desc;
