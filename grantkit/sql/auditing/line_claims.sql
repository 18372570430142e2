-- One row: what a claim took of a line (or gave back), withdrawn claims included; pounds.
select
    claim_version_lines.claim,
    claim_version_lines.version,
    claim_version_lines.status,
    claim_version_lines.work_stream,
    claim_version_lines.cost_type,
    claim_version_lines.amount,
    claim_version_lines.kind
from claim_version_lines
where claim_version_lines.line_id = $line_id
order by claim_version_lines.claim, claim_version_lines.version, claim_version_lines.work_stream;
