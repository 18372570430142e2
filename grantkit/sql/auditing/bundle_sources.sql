-- One row: a source file behind a claim's lines, under the name of its first import; amounts in pounds.
select
    batch.sha256,
    (
        select arg_min(named.file, named.batch)
        from store.batch as named
        where named.sha256 = batch.sha256
    ) as file,
    min(batch.imported_at) as imported_at,
    count(*) as lines,
    sum(claim_line.amount) as amount
from store.claim_line
inner join store.batch as batch on claim_line.batch = batch.batch
where claim_line.claim_id = $claim_id
group by batch.sha256
order by batch.sha256;
