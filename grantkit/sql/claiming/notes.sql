-- One row: the note that counts for one stream in one version of a claim.
select
    work_stream,
    arg_max(text, note) as text
from store.claim_note
where claim = $claim and version = $version
group by work_stream;
