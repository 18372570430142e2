-- One row: what became of some of the lines of an undone batch: how many, and their money before and after, in pounds.
select
    outcome,
    count(*) as lines,
    coalesce(sum(net_before), 0) as net_before,
    coalesce(sum(net_after), 0) as net_after
from undo_change
group by outcome;
