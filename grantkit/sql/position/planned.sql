-- One row: planned spend that stands, in the order in which it was entered; pounds.
select
    plan,
    work_stream,
    kind,
    month,
    amount,
    reason,
    planned_at,
    user_name
from store.planned_spend
where plan not in (select planned_spend_dropped.plan from store.planned_spend_dropped)
order by plan;
