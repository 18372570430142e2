-- Amounts of a file with a decimal comma: comma and point change places first.
create or replace temp macro amount_of(cell) as point_amount(translate(cell, ',.', '.,'));
