-- One row: the value of a measure that counts on one day in one stream.
select
    measure,
    work_stream,
    dated,
    value
from measure_current;
