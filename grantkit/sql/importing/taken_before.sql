-- The batch, if any, that took in the same bytes under the same kind, sheet and profile and was not undone.
select * from batch_standing
where
    sha256 = $sha256
    and kind = $kind
    and sheet is not distinct from $sheet
    and profile_sha256 = $profile_sha256
order by batch desc
limit 1;
