-- One row: a line that counts, with the batch that brought the version of it that counts.
select
    line_id,
    batch
from line_current;
