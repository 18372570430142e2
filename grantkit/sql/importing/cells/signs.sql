-- Amounts with the sign that the row's own column, or the view of the whole ledger, gives them.
create or replace temp macro signed(amount, sign_cell) as
cast(
    case
        when
            coalesce(list_contains(getvariable('negative_signs'), upper(text_of(sign_cell))), false)
            != getvariable('negated')
            then -amount
        else amount
    end as decimal(18, 2)
);
