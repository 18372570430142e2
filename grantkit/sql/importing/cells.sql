-- How a cell's text is read (contract, section 3): money, dates, plain text. Each macro takes text and gives null
-- where the text cannot be read; whether that is a fault is for the caller to say.

-- Surrounding blanks never count, and a cell of blanks is blank. `odd_blanks` is null where the file holds none but
-- the plain blank, so that the common case stays quick; else all the signs that count as blanks.
create or replace temp macro text_of(cell) as
nullif(
    case
        when getvariable('odd_blanks') is not null
            then trim(cell, cast(getvariable('odd_blanks') as varchar))
        else trim(cell)
    end,
    ''
);

create or replace temp macro is_plain_amount(cell) as
regexp_full_match(cell, '-?[0-9]{1,13}([.][0-9]{1,2}0*)?');

-- An amount with its dressing: a currency before it, one sign at most (minus before or after, parentheses, CR).
create or replace temp macro is_dressed_amount(cell, currency) as
regexp_full_match(
    cell,
    '(?i)(-\s*)?(' || currency || '\s*)?(-\s*)?'
    || '([0-9]{1,3}(,[0-9]{3})+|[0-9]{1,13}|)([.][0-9]{1,2}0*)?(\s*-|\s*CR)?'
    || '|\(\s*(' || currency || '\s*)?([0-9]{1,3}(,[0-9]{3})+|[0-9]{1,13}|)([.][0-9]{1,2}0*)?\s*\)'
    || '|(' || currency || '\s*)\(([0-9]{1,3}(,[0-9]{3})+|[0-9]{1,13}|)([.][0-9]{1,2}0*)?\s*\)'
)
and regexp_matches(cell, '[0-9]')
and len(regexp_extract_all(cell, '(?i)-|\(|CR$')) <= 1
and len(regexp_replace(split_part(cell, '.', 1), '[^0-9]', '', 'g')) <= 13;

create or replace temp macro undressed(cell) as
case when regexp_matches(cell, '(?i)-|\(|CR$') then '-' else '' end
|| regexp_replace(cell, '[^0-9.]', '', 'g');

-- Pounds from a cell's text.
create or replace temp macro point_amount(cell) as
case
    when cell is null then null
    when is_plain_amount(cell) then cast(cell as decimal(18, 2))
    when is_dressed_amount(cell, getvariable('own_currency')) then cast(undressed(cell) as decimal(18, 2))
end;

-- What follows is for a file as most are; what a profile says otherwise takes the place of it, from `cells/`.
create or replace temp macro amount_of(cell) as point_amount(cell);

create or replace temp macro signed(amount, sign_cell) as amount;

create or replace temp macro in_pounds(amount, currency_cell) as amount;

create or replace temp macro has_rate(currency_cell) as true;

create or replace temp macro status_of(cell) as lower(coalesce(cell, 'open'));

-- A good amount, but behind another currency's sign or code.
create or replace temp macro is_foreign_amount(cell) as
is_dressed_amount(cell, '([A-Z]{0,2}\p{Sc}|[A-Z]{3})');

create or replace temp macro month_number(name) as
list_position(
    ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'], lower(left(name, 3))
);

create or replace temp macro full_year(year) as
case when len(year) = 2 then '20' || year else year end;

create or replace temp macro day_of(year, month, day) as
try_cast(nullif(full_year(year), '0000') || '-' || lpad(month, 2, '0') || '-' || lpad(day, 2, '0') as date);

-- A date from its three numbers, in the order that the file keeps throughout.
create or replace temp macro date_from_parts(parts) as
case
    when getvariable('date_order') = 'month-day-year' then day_of(parts[3], parts[1], parts[2])
    else day_of(parts[3], parts[2], parts[1])
end;

-- A date from a cell's text: ISO, day/month/year with one of / - . throughout, 05-Apr-24; a time may follow.
create or replace temp macro bare_date(cell) as
regexp_replace(cell, '[ T][0-9]{1,2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?$', '');

create or replace temp macro date_of_bare(cell) as
case
    when regexp_full_match(cell, '[0-9]{4}-[0-9]{2}-[0-9]{2}') and cell >= '0001' then try_cast(cell as date)
    when
        regexp_full_match(
            cell,
            '[0-9]{1,2}/[0-9]{1,2}/([0-9]{2}|[0-9]{4})|[0-9]{1,2}-[0-9]{1,2}-([0-9]{2}|[0-9]{4})'
            || '|[0-9]{1,2}[.][0-9]{1,2}[.]([0-9]{2}|[0-9]{4})'
        )
        then date_from_parts(string_split(translate(cell, '-.', '//'), '/'))
    when
        regexp_full_match(
            cell,
            '(?i)[0-9]{1,2}([-/ ])(jan|january|feb|february|mar|march|apr|april|may|jun|june|jul|july|aug|august'
            || '|sep|sept|september|oct|october|nov|november|dec|december)[-/ ]([0-9]{2}|[0-9]{4})'
        )
        then day_of(
            regexp_extract(cell, '[0-9]+$'),
            cast(month_number(regexp_extract(cell, '[A-Za-z]+')) as varchar),
            regexp_extract(cell, '^[0-9]+')
        )
end;

create or replace temp macro date_of(cell) as
case
    when cell is null then null
    when regexp_full_match(cell, '[0-9]{4}-[0-9]{2}-[0-9]{2}') and cell >= '0001' then try_cast(cell as date)
    else date_of_bare(bare_date(cell))
end;

-- One fault of a row: the column by the header that the file gives it, the text that stands there, the code.
create or replace temp macro fault(field, cell, code) as
{'column_name': getvariable('headers')[field], 'value': cell, 'code': code, 'cause': code};

create or replace temp macro missing(field, cell) as
case when cell is null then fault(field, cast(null as varchar), 'missing-value') end;

create or replace temp macro bad_amount(field, cell) as
case
    when amount_of(cell) is null and cell is not null
        then fault(field, cell, case when is_foreign_amount(cell) then 'bad-currency' else 'bad-amount' end)
end;

create or replace temp macro bad_date(field, cell) as
case when date_of(cell) is null and cell is not null then fault(field, cell, 'bad-date') end;

create or replace temp macro bad_rate(currency_cell) as
case when not has_rate(currency_cell) then fault('currency', text_of(currency_cell), 'bad-currency') end;

-- A row that as a whole is no row of the table; `broken` says so of a record that cannot be told from its text.
create or replace temp macro ragged(cells, beyond, broken) as
case
    when broken is not null
        then {
            'column_name': cast(null as varchar),
            'value': beyond,
            'code': case when broken = 'crossing' then 'too-many-cells' else 'bad-value' end,
            'cause': broken
        }
    when beyond is not null
        then {
            'column_name': cast(null as varchar), 'value': beyond, 'code': 'too-many-cells', 'cause': 'too-many-cells'
        }
    when cells < getvariable('last_needed')
        then {
            'column_name': cast(null as varchar),
            'value': cast(null as varchar),
            'code': 'too-few-cells',
            'cause': 'too-few-cells'
        }
end;

-- What to tell a person, by the cause of the fault.
create or replace temp macro reject_message(cause) as
case cause
    when 'missing-value' then 'this cell must not be empty: fill it in, in the source, and take the row in again'
    when 'bad-amount'
        then 'this is no amount in pounds: write it as 1234.50 or 1,234.50, negative as -1234.50 or (1,234.50)'
    when 'bad-date' then 'this is no date of the calendar: write it as 2024-04-30 or 30/04/2024'
    when 'bad-currency' then 'this amount is in another currency: state it in pounds sterling'
    when 'too-many-cells'
        then 'the row has text beyond the header''s last column: mend it so that each cell stands under its header'
    when 'too-few-cells'
        then 'the row ends before the last column that is needed: export the file again or complete the row'
    when 'bad-value' then 'this value is not one of open, closed, cancelled: correct it in the source'
    when 'does-not-add-up' then 'net and VAT do not add up to gross: correct the one that is wrong'
    when 'open-quote'
        then 'a quote is opened in this row and never closed: close it or take it out; rows below are read without it'
    when 'too-long' then 'this row is longer than any row of a ledger: take out what does not belong to it'
    when 'crossing'
        then 'text runs over from one column into the next: widen the column in the report and export it again'
    when 'conflict'
        then 'the same line stands in this file twice with different content: take out the one that is wrong'
end;
