-- The file's own control totals: how many lines it has, and their net, refused ones with a readable amount included.
select
    count(*) as rows,
    cast(coalesce(sum(net), 0) as decimal(38, 2)) as net
from staged;
