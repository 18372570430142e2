-- How a batch's file was read: what was recognised, from what. No row for a batch of which that was not kept.
select
    header_row,
    recognised
from store.batch_reading
where batch = $batch;
