-- severity: medium
-- meaning: The accounting date that counts lies outside the award: the grant does not pay for the line.
-- remedy: Where the work was done inside, decide so with the evidence: grantkit decide LINE --accounting-date DATE.
select
    [line_id] as lines,
    cost as amount,
    told || ' of ' || counts_on
    || ': outside the award' as message
from checked_line
where counts_on not between getvariable('award_starts') and getvariable('award_ends')
order by line_id;
