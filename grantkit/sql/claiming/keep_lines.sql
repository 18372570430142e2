-- Keeps the lines of a claim as prepared, each with the version of the line that counts now, and why it is not current.
insert into store.claim_line by name
select
    cast(getvariable('claim_id') as integer) as claim_id,
    held.batch,
    claim_taken.*,
    case
        when claim_taken.kind != 'current'
            then coalesce(
                line_cause.cause,
                case
                    when claim_taken.kind = 'accrual' and claim_taken.amount > 0
                        then 'received and not yet invoiced at the claim''s last day'
                    when claim_taken.kind = 'accrual' then 'invoiced since, or less received'
                    when claim_taken.kind = 'late' then 'dated before the claim''s first day and in no earlier claim'
                    else 'worth something else than was claimed'
                end
            )
    end as cause
from claim_taken
left join line_current as held on claim_taken.line_id = held.line_id
left join line_cause on claim_taken.line_id = line_cause.line_id
order by claim_taken.line_id, claim_taken.work_stream, claim_taken.cost_type desc;
