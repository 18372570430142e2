-- One row: what a line goes by (none where it counts no more): the rules that match it as bits, the key of its streams
-- (a rule by its number, a decision by its number below 0, 0 for none), whether it is capital, and the key of why it is
-- not eligible (0: the award's dates) with the part in pounds that a decision makes ineligible; of an order line why.
select
    bits,
    allocation_key,
    is_capital,
    ineligible_key,
    ineligible_amount,
    null as ineligible_reason
from invoice_coding
where line_id = $line_id
union all
select
    bits,
    allocation_key,
    is_capital,
    null as ineligible_key,
    null as ineligible_amount,
    ineligible_reason
from order_coding
where line_id = $line_id;
