-- The days that the file covers, first and last inclusive; null without lines.
select
    first_day,
    last_day
from covered;
