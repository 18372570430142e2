-- Refused rows of batches that stand for which no row came and which nobody dismissed: how many, and the net of those
-- in which it can be read (null where it cannot be in any).
select
    count(*) as rows,
    cast(sum(rejected_row.net) as decimal(38, 2)) as net
from store.rejected_row
inner join batch_standing on rejected_row.batch = batch_standing.batch
where
    not exists (
        select 1 from reject_settlement as settled
        where settled.batch = rejected_row.batch and settled.row = rejected_row.row
    );
