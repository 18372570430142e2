-- The rows of the file that are ignored, in its order.
select
    row,
    reason,
    net,
    expected
from ignored
order by row;
