-- severity: low
-- meaning: First digits of at least 300 amounts do not follow Benford's law: mean absolute deviation from 0.015 on
--     (Nigrini: below 0.006 close, 0.012 acceptable, 0.015 marginal). Amounts may be invented, or bound by a limit.
-- remedy: Look at the digits that come too often; draw a sample among their lines (grantkit sample).
with
digit as (
    select
        cast(substr(ltrim(cast(abs(net) as varchar), '0.'), 1, 1) as integer) as digit,
        count(*) as lines
    from checked_line
    where net != 0
    group by all
),

expected as (
    select
        nth.digit,
        cast(round(log10(1 + 1.0 / nth.digit), 9) as decimal(12, 9)) as share
    from (select unnest(range(1, 10)) as digit) as nth
),

compared as (
    select
        expected.digit,
        expected.share,
        coalesce(digit.lines, 0) as lines,
        sum(coalesce(digit.lines, 0)) over () as total
    from expected
    left join digit on expected.digit = digit.digit
),

measured as (
    select
        any_value(total) as total,
        cast(sum(abs(cast(lines as double) / total - share)) / 9 as decimal(12, 6)) as deviation,
        cast(sum((lines - total * share) ** 2 / (total * share)) as decimal(18, 3)) as chi_square,
        arg_max(digit, cast(lines as double) / total - share) as most
    from compared
    where total >= 300
)

select
    cast([] as bigint[]) as lines,
    cast(0 as decimal(18, 2)) as amount,
    'the first digits of ' || total || ' amounts are nonconforming: mean absolute deviation ' || deviation
    || ', chi-square ' || chi_square || ' (15.507 at 5 per cent); digit ' || most || ' comes most above its share'
        as message
from measured
where deviation >= 0.015;
