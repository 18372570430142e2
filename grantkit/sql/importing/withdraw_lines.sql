-- Withdraws lines that an extract lacks: from its batch on they do not count.
insert into store.superseded
select
    line_id,
    batch,
    cast($by_batch as integer) as by_batch,
    'missing' as reason
from line_current
where line_id in (select unnest($line_ids))
order by line_id;
