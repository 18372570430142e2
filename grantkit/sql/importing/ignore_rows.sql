-- Rows that are no lines: totals, headings and footers of pages, lines of dashes. They are looked for only among rows
-- that something is wrong with, since no complete line is one.

-- Spellings of a total's label, and of what stands at a page's foot or head.
create or replace temp macro is_total_label(label) as
regexp_matches(
    label,
    '(?i)^[*\s]*((sub|grand|report|page|overall|running|net|batch|ledger|column|final)[- ]*)*totals?\b'
    || '|^(sum|total sum|balance)\b|^(carried|brought) forward\b|\b(sub|grand)?[- ]?totals?[: ]*$|^[*]{1,5}$'
);

create or replace temp macro is_footer_label(label) as
regexp_matches(
    label,
    '(?i)^page:? *[0-9]+( *(of|/) *[0-9]+)?$|^[*\s]*end of\b'
    || '|^report(ed)? *(id|run|date|name|time|generated|printed|produced|by|as at)?\b.*[:0-9]'
    || '|^(printed|run|generated|produced|exported|extracted|created) *(on|by|at|date|time)?\b.*[:0-9]'
    || '|^(number|no[.]?|count) of (records|rows|lines|items|transactions)\b'
    || '|^[0-9,]+ (rows?|records?|lines?|items?)\b'
    || '|^(rows?|records?|lines?|items?|count)( selected| found| exported)?:? *[0-9,]+$|^continued\b|^parameters?:'
    || '|^source:|^notes?:|^(official|confidential|restricted)\b|^user( name| id)?:'
);

-- One row: a row that something is wrong with, its texts (what is not blank, in order), and what it has for an amount.
create or replace temp table suspect as
with
texts as (
    select
        row,
        list_filter(list_transform(cells, lambda c: text_of(c)), lambda c: c is not null) as texts
    from (
        select
            row,
            [*columns('^c[0-9]+$')] as cells
        from source_rows
        where row in (select staged.row from staged where staged.faults is not null)
    )
),

judged as (
    select
        texts.row,
        texts.texts,
        list_filter(texts.texts, lambda c: amount_of(c) is not null) as amounts,
        staged.net
    from texts
    inner join staged on texts.row = staged.row
    where
        len(texts.texts) > 0
        and (staged.faults[1].code != 'too-many-cells' or len(texts.texts) = 1)
        and staged.faults[1].cause not in ('open-quote', 'too-long', 'crossing')
)

select
    row,
    texts,
    len(amounts) as amounts,
    coalesce(net, case when len(amounts) = 1 then amount_of(amounts[1]) end) as net,
    net is not null as stands_under_net
from judged;

-- One row: a row that is no line: `total`, `heading`, `footer` or `rule` by its looks. A row of nothing but amounts
-- (and their currency) is a `sum`: it is a total if it agrees with the lines above, and else a line with much missing.
create or replace temp table unlike_lines as
select
    row,
    net,
    stands_under_net,
    case
        when
            len(list_filter(texts, lambda c: not regexp_full_match(c, '[-=_*+|. ]+'))) = 0
            and len(list_filter(texts, lambda c: len(c) > 1)) > 0
            and amounts = 0
            and not (len(texts) = 1 and is_total_label(texts[1]))
            then 'rule'
        when texts = getvariable('header_texts') then 'heading'
        when is_total_label(texts[1]) and len(texts) - amounts <= 2 and amount_of(texts[1]) is null then 'total'
        when
            len(texts) - amounts <= 2
            and amounts <= 1
            and (is_footer_label(texts[1]) or is_footer_label(array_to_string(texts, ' ')))
            then 'footer'
        when
            list_contains(getvariable('preamble'), regexp_replace(array_to_string(texts, ' '), '[0-9]+', '0', 'g'))
            then 'heading'
        when
            amounts > 0
            and net is not null
            and len(list_filter(texts, lambda c: amount_of(c) is null and not regexp_full_match(c, '[A-Z]{3}'))) = 0
            then 'sum'
    end as reason
from suspect
where reason is not null;

-- One row: a total with what the lines above it come to, since the file's beginning or an earlier total, whichever
-- is nearest to its figure. `is_of_another`: a single amount under another column than net that is the lines' VAT or
-- gross.
create or replace temp table total_checked as
with
-- of orders there is neither VAT nor gross
with_all as (
    select * from staged
    union all by name
    select
        cast(null as decimal(18, 2)) as vat,
        cast(null as decimal(18, 2)) as gross
    where false
),

amounts as (
    select
        staged.row,
        staged.net,
        coalesce(staged.vat, 0) as vat,
        coalesce(staged.gross, staged.net) as gross,
        false as is_total
    from with_all as staged
    where
        staged.net is not null
        and staged.row not in (select unlike_lines.row from unlike_lines)
        and exists (select 1 from unlike_lines where unlike_lines.reason in ('total', 'sum'))
    union all
    select
        unlike_lines.row,
        cast(0 as decimal(18, 2)) as net,
        cast(0 as decimal(18, 2)) as vat,
        cast(0 as decimal(18, 2)) as gross,
        true as is_total
    from unlike_lines
    where unlike_lines.reason in ('total', 'sum')
),

running as (
    select
        row,
        is_total,
        sum(net) over (order by row) as so_far,
        sum(vat) over (order by row) as vat_so_far,
        sum(gross) over (order by row) as gross_so_far
    from amounts
),

starts as (
    select
        row,
        so_far,
        vat_so_far,
        gross_so_far
    from running
    where is_total
    union all
    select
        0 as row,
        cast(0 as decimal(38, 2)) as so_far,
        cast(0 as decimal(38, 2)) as vat_so_far,
        cast(0 as decimal(38, 2)) as gross_so_far
)

select
    total.row,
    total.reason,
    total.net,
    arg_min(running.so_far - starts.so_far, abs(running.so_far - starts.so_far - total.net)) as expected,
    bool_or(
        not total.stands_under_net
        and total.net in (running.vat_so_far - starts.vat_so_far, running.gross_so_far - starts.gross_so_far)
    )
    and not bool_or(running.so_far - starts.so_far = total.net) as is_of_another
from unlike_lines as total
inner join running on total.row = running.row
inner join starts on total.row > starts.row
where total.reason in ('total', 'sum') and total.net is not null
group by total.row, total.reason, total.net;

-- One row: a row that is ignored, why, the figure that it shows, and what the lines above it come to.
create or replace temp table ignored as
select
    unlike_lines.row,
    case unlike_lines.reason
        when 'rule' then 'a line of dashes'
        when 'heading' then 'a page''s heading'
        when 'footer' then 'a page''s or the report''s footer'
        else 'a total'
    end as reason,
    case
        when unlike_lines.reason in ('total', 'sum') and not coalesce(total_checked.is_of_another, false)
            then unlike_lines.net
    end as net,
    case
        when not coalesce(total_checked.is_of_another, false) then cast(total_checked.expected as decimal(18, 2))
    end as expected
from unlike_lines
left join total_checked on unlike_lines.row = total_checked.row
where
    unlike_lines.reason != 'sum'
    or unlike_lines.net = total_checked.expected
    or total_checked.is_of_another;

delete from staged
where row in (select ignored.row from ignored);
