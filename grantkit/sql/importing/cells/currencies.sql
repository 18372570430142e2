-- Amounts in pounds at the rate of the row's currency.

-- What one unit of a currency is worth in pounds; 1 of pounds and of a blank; null where nobody gave a rate.
create or replace temp macro rate_of(currency_cell) as
case
    when coalesce(upper(text_of(currency_cell)), '') in ('', getvariable('own_code'))
        then cast(1 as decimal(18, 10))
    else cast(
        getvariable('rates')[list_position(getvariable('rate_codes'), upper(text_of(currency_cell)))]
        as decimal(18, 10)
    )
end;

create or replace temp macro has_rate(currency_cell) as rate_of(currency_cell) is not null;

-- Half up to the penny, which is what round does to a decimal.
create or replace temp macro in_pounds(amount, currency_cell) as
cast(round(amount * coalesce(rate_of(currency_cell), 1), 2) as decimal(18, 2));
