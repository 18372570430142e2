-- How many other batches that stand came in the same layout: only they can have had lines that this file lacks.
select count(*) as batches
from batch_standing
where
    kind = $kind
    and profile_sha256 = $profile_sha256
    and sheet is not distinct from $sheet
    and batch != $batch;
