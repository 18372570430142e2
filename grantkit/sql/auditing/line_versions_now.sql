-- One row: a line among those named that counts, with the batch that brought the version of it that counts, and the
-- newest decision about it.
select
    held.line_id,
    held.batch,
    max(decision.decision) as decision
from line_current as held
left join store.decision as decision on held.line_id = decision.line_id
where held.line_id in (select unnest(cast($lines as bigint[])))
group by held.line_id, held.batch;
