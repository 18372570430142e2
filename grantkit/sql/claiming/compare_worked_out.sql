-- One row: what the claim, worked out anew, takes of a line in one stream and kind of money.
create or replace temp table compare_now as
select
    line_id,
    work_stream,
    cost_type,
    amount
from claim_taken;
