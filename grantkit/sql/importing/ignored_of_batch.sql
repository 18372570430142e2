-- The rows that one batch ignored, in the order of the file.
select
    row,
    reason,
    net,
    expected
from store.ignored_row
where batch = $batch
order by row;
