-- Whether any refused row of an earlier batch still waits for the row that replaces it.
select count(*) as waiting
from store.rejected_row
where
    batch != $batch
    and not exists (
        select 1 from reject_settlement as settled
        where settled.batch = rejected_row.batch and settled.row = rejected_row.row
    );
