-- severity: medium
-- meaning: A credit posted after the award's end, by a supplier that the award paid: it may give back what the grant
--     paid.
-- remedy: Where it credits spending of the award, decide its date into it (grantkit decide LINE --accounting-date
--     DATE); FINAL gives it back.
select
    [line.line_id] as lines,
    line.cost as amount,
    line.told || ' of '
    || line.counts_on || ': a credit after the award''s end' as message
from checked_line as line
where
    line.net < 0
    and line.counts_on > getvariable('award_ends')
    and line.supplier_key in (
        select paid.supplier_key from checked_line as paid
        where paid.net > 0 and paid.counts_on between getvariable('award_starts') and getvariable('award_ends')
    )
order by line.line_id;
