-- How many rows of the file something is wrong with.
select count(*) as faulty
from staged
where faults is not null;
