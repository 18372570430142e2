-- One row: a refused row of one of the batches, whether its batch was undone, and how it was settled, if it was.
select
    refused.batch,
    refused.row,
    rejected.cells,
    undone.batch is not null as undone,
    done.batch is not null as settled,
    done.by_batch,
    done.by_row,
    done.reason,
    done.user_name
from (
    select distinct
        batch,
        row
    from store.reject
    where batch in (select unnest($batches))
) as refused
left join store.rejected_row as rejected on refused.batch = rejected.batch and refused.row = rejected.row
left join store.batch_undone as undone on refused.batch = undone.batch
left join reject_settlement as done on refused.batch = done.batch and refused.row = done.row;
