-- severity: low
-- meaning: A negative line of a supplier that has no earlier positive line of at least that amount.
-- remedy: Find what it credits: it may belong to another award, or the invoice is missing here.
with
-- of suppliers that credit anything, and no more columns than are compared: a ledger may have a million lines
compared as (
    select
        line_id,
        net,
        max(net) over (
            partition by supplier_key order by counts_on, line_id
            rows between unbounded preceding and 1 preceding
        ) as largest_before
    from checked_line
    where supplier_key in (select credit.supplier_key from checked_line as credit where credit.net < 0)
)

select
    [line.line_id] as lines,
    line.cost as amount,
    line.told || ': ' || line.net
    || ' with no invoice before it that is as large' as message
from checked_line as line
inner join compared on line.line_id = compared.line_id
where compared.net < 0 and coalesce(compared.largest_before, 0) < -compared.net
order by line.line_id;
