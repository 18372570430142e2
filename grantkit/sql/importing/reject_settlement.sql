-- One row: a refused row that needs no more work: dismissed with a reason, or replaced by a row of another batch. Where
-- that batch was undone, the row waits again. Rests on the view `batch_standing`.
create or replace temp view reject_settlement as
select settled.*
from store.reject_settled as settled
where settled.by_batch is null or settled.by_batch in (select batch_standing.batch from batch_standing)
qualify row_number() over (partition by settled.batch, settled.row order by settled.settled_at desc) = 1;
