-- One row: a line whose amount in one stream and kind of money differs between `compare_before` and `compare_now`.
create or replace temp table claim_difference as
select
    coalesce(compare_before.line_id, compare_now.line_id) as line_id,
    coalesce(compare_before.work_stream, compare_now.work_stream) as work_stream,
    coalesce(compare_before.cost_type, compare_now.cost_type) as cost_type,
    cast(coalesce(compare_before.amount, 0) as decimal(18, 2)) as before,
    cast(coalesce(compare_now.amount, 0) as decimal(18, 2)) as now
from compare_before
full join compare_now
    on
        compare_before.line_id = compare_now.line_id
        and compare_before.work_stream = compare_now.work_stream
        and compare_before.cost_type = compare_now.cost_type
where coalesce(compare_before.amount, 0) != coalesce(compare_now.amount, 0);

-- One row: a line that differs, with the claim that it is compared with and the version of it that counted then.
create or replace temp table cause_wanted as
with
held as (
    select
        line_id,
        arg_max(batch, claim_id) as batch
    from store.claim_line
    where claim_id <= getvariable('before_claim_id')
    group by line_id
)

select
    differs.line_id,
    cast(getvariable('before_claim_id') as integer) as claim_id,
    coalesce(held.batch, any_value(left_out.batch)) as held_batch,
    true as may_be_disallowed
from claim_difference as differs
left join held on differs.line_id = held.line_id
left join store.claim_left_out as left_out
    on left_out.claim_id = getvariable('before_claim_id') and differs.line_id = left_out.line_id
group by differs.line_id, held.batch;
