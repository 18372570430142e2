-- One row: a person's decision about publishing a line that counts: the newest about the line.
create or replace temp view publication_decision_counting as
select *
from store.publication_decision
qualify row_number() over (partition by line_id order by decision desc) = 1;
