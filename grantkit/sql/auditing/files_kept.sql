-- One row: a file that is kept by its hash, with what it was taken in for.
with
kept as (
    select
        sha256,
        file,
        'batch ' || batch as taken_in_for,
        imported_at as taken_in_at
    from store.batch
    union all
    select
        sha256,
        file,
        'measures' as taken_in_for,
        entered_at as taken_in_at
    from store.measure_import
    union all
    select
        evidence_sha256 as sha256,
        evidence as file,
        'milestone ' || milestone as taken_in_for,
        entered_at as taken_in_at
    from store.milestone_done
    where evidence_sha256 is not null
)

select
    sha256,
    min_by(file, taken_in_at) as file,
    string_agg(distinct taken_in_for, ', ' order by taken_in_for) as taken_in_for
from kept
group by sha256
order by min(taken_in_at), sha256;
