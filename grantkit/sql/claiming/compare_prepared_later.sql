-- One row: what a later preparation of the claim (`now_claim_id`) takes of a line in one stream and kind of money.
create or replace temp table compare_now as
select
    line_id,
    work_stream,
    cost_type,
    amount
from store.claim_line
where claim_id = getvariable('now_claim_id');
