-- What a claim takes of a line in one stream and kind of money, then and now.

-- One row: as it was prepared (`before_claim_id`).
create or replace temp table compare_before as
select
    line_id,
    work_stream,
    cost_type,
    amount
from store.claim_line
where claim_id = getvariable('before_claim_id');

-- One row: as a later preparation has it (`now_claim_id`) or, where that is null, as it was just worked out.
create or replace temp table compare_now as
select
    line_id,
    work_stream,
    cost_type,
    amount
from store.claim_line
where claim_id = getvariable('now_claim_id')
union all
select
    line_id,
    work_stream,
    cost_type,
    amount
from claim_taken
where getvariable('now_claim_id') is null;
