-- One row: a milestone that was reached, by the newest entry about it.
select
    milestone,
    done_on,
    evidence,
    evidence_sha256
from store.milestone_done
qualify row_number() over (partition by lower(milestone) order by entry desc) = 1
order by entry;
