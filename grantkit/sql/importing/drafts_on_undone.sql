-- One row: a draft claim with a line that an undo changed.
select distinct
    claim_versions.claim_id,
    claim_versions.claim
from claim_versions
inner join store.claim_line on claim_versions.claim_id = claim_line.claim_id
inner join undo_change on claim_line.line_id = undo_change.line_id
where claim_versions.status = 'draft' and undo_change.outcome != 'kept'
order by claim_versions.claim_id;
