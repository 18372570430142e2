-- One row: what a claim as it was prepared (`before_claim_id`) took of a line in one stream and kind of money.
create or replace temp table compare_before as
select
    line_id,
    work_stream,
    cost_type,
    sum(amount) as amount
from store.claim_line
where claim_id = getvariable('before_claim_id')
group by line_id, work_stream, cost_type;
