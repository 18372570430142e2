-- The months that the file covers: the first day of the first one, the last day of the last one; null without lines.
select
    first_day,
    last_day
from covered;
