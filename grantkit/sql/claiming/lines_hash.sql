-- SHA-256 over a claim's lines: of each its number, its source file's hash and row, and what is claimed of it.
select
    sha256(
        coalesce(
            string_agg(
                concat_ws(
                    ',', claim_line.line_id, cell.sha256, cell.row, claim_line.work_stream, claim_line.cost_type,
                    claim_line.kind, claim_line.amount
                ),
                chr(10)
                order by claim_line.line_id, claim_line.work_stream, claim_line.cost_type desc
            ),
            ''
        )
    ) as lines_sha256
from store.claim_line
left join line_cell as cell on claim_line.line_id = cell.line_id and claim_line.batch = cell.batch
where claim_line.claim_id = $claim_id;
