-- severity: low
-- meaning: The line was posted on a Saturday or a Sunday.
-- remedy: Ask who posts on weekends; a batch run at night is an answer.
select
    [line_id] as lines,
    cost as amount,
    told || ': posted on '
    || dayname(accounting_date) || ', ' || accounting_date as message
from checked_line
where isodow(accounting_date) > 5
order by line_id;
