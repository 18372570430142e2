-- severity: low
-- meaning: The line was posted on a bank holiday in England and Wales.
-- remedy: Ask who posts on holidays; a batch run at night is an answer.
select
    [line_id] as lines,
    cost as amount,
    told || ': posted on a bank holiday, '
    || accounting_date as message
from checked_line
where list_contains(getvariable('bank_holidays'), accounting_date)
order by line_id;
