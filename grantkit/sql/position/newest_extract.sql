-- The day on which the finance system wrote the newest order extract; null where there is none.
select max(extract_date) as extract_date
from batch_standing
where kind = 'orders';
