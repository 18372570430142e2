-- One row: a claim that was submitted and stands, and that holds lines of this batch: in the version that the batch
-- brought, or in a version of an undone batch that no other batch but this one still says.
with
-- versions that count only because this batch said them again
upheld as (
    select
        said.line_id,
        said.held_batch as batch
    from store.unchanged_row as said
    semi join store.batch_undone as undone on said.held_batch = undone.batch
    anti join (
        select
            line_id,
            held_batch
        from store.unchanged_row
        where batch != $batch and batch in (select batch_standing.batch from batch_standing)
    ) as other
        on said.line_id = other.line_id and said.held_batch = other.held_batch
    where said.batch = $batch
),

held as (
    select
        claim_line.claim_id,
        claim_line.line_id
    from store.claim_line
    where claim_line.batch = $batch
    union
    select
        claim_line.claim_id,
        claim_line.line_id
    from store.claim_line
    semi join upheld on claim_line.line_id = upheld.line_id and claim_line.batch = upheld.batch
)

select
    claim_versions.claim_id,
    claim_versions.claim,
    claim_versions.version,
    claim_versions.status,
    count(*) as lines
from held
inner join claim_versions on held.claim_id = claim_versions.claim_id
where claim_versions.status in ('submitted', 'settled')
group by all
order by claim_versions.claim_id;
