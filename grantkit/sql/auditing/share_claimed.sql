-- One row: a line's part in one stream that claims hold which went to the funder, with their names.
create or replace temp view share_claimed as
select
    claim_lines.line_id,
    claim_lines.work_stream,
    string_agg(distinct claim_lines.claim, ', ' order by claim_lines.claim) as claims
from claim_lines
inner join claims on claim_lines.claim = claims.claim
where claims.status in ('submitted', 'settled')
group by claim_lines.line_id, claim_lines.work_stream;
