-- One row: the newest note to a stream in a claim that ends on the date asked for and was not withdrawn.
select
    note.work_stream,
    arg_max(note.text, note.note) as text
from store.claim_note as note
inner join claims on note.claim = claims.claim and note.version = claims.version
where claims.ends = getvariable('as_at')
group by note.work_stream;
