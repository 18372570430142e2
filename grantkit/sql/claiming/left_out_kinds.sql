-- One row: a kind in which a claim leaves something out, with its lines and pounds to date.
select
    kind,
    count(*) as lines,
    cast(sum(amount) as decimal(18, 2)) as amount
from store.claim_left_out
where claim_id = $claim_id
group by kind
order by kind;
