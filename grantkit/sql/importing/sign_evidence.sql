-- One row: a value of the column that may say which amounts are negative, with how many amounts stand under it that
-- are below zero by themselves, and how many above.
select
    text_of(sign.cell) as value,
    count(*) filter (where amount_of(text_of(net.cell)) < 0) as below,
    count(*) filter (where amount_of(text_of(net.cell)) > 0) as above
from sign_column as sign
inner join source_column as net on sign.row = net.row
where sign.cell is not null
group by value
order by value;
