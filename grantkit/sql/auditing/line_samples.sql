-- One row: a sample that drew this line, with its amount (pounds) and how often it was hit.
select
    sample.sample,
    sample.method,
    sample.drawn_at,
    sample.user_name,
    drawn.amount,
    drawn.hits
from store.sample_line as drawn
inner join store.sample as sample on drawn.sample = sample.sample
where drawn.line_id = $line_id
order by sample.sample;
