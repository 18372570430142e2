-- severity: high
-- meaning: The line, or a part of it, goes to no work stream, and cannot be claimed.
-- remedy: Give it one: a rule in grant.toml, grantkit decide LINE --stream CODE, or grantkit coding --out.
select
    [allocation.line_id] as lines,
    cast(sum(allocation.amount) as decimal(18, 2)) as amount,
    any_value(line.told) || ': no work stream' as message
from allocation
inner join checked_line as line on allocation.line_id = line.line_id
where allocation.work_stream = 'UNALLOCATED'
group by allocation.line_id
order by allocation.line_id;
