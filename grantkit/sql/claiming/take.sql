-- One row: an amount claimed or given back: of one line, in one stream and kind of money.
create or replace temp table claim_taken as
with
queue as (
    select
        claim_item.*,
        row_number() over (
            order by
                claim_item.turn, claim_item.dated, claim_item.line_id, claim_item.position,
                claim_item.cost_type desc
        ) as place
    from claim_item
),

within_stream as (
    select
        queue.*,
        least(
            greatest(
                claim_room.room
                - (sum(queue.amount) over (partition by queue.work_stream order by queue.place) - queue.amount),
                0
            ),
            queue.amount
        ) as fits
    from queue
    inner join claim_room on queue.work_stream = claim_room.work_stream
    where queue.turn > 0
),

within_award as (
    select
        within_stream.* exclude (fits),
        least(
            greatest(
                getvariable('award_room') - (sum(fits) over (order by place) - fits),
                0
            ),
            fits
        ) as taken
    from within_stream
)

select
    line_id,
    work_stream,
    cost_type,
    cast(amount as decimal(18, 2)) as amount,
    kind,
    dated
from claim_item
where turn = 0
union all
select
    line_id,
    work_stream,
    cost_type,
    cast(taken as decimal(18, 2)) as amount,
    kind,
    dated
from within_award
where taken != 0;
