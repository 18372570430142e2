-- One row: one import, with who took it back, when and why, where somebody did.
select
    batch.*,
    undone.undone_at,
    undone.user_name as undone_by,
    undone.reason as undone_because
from store.batch
left join store.batch_undone as undone on batch.batch = undone.batch
order by batch.batch;
