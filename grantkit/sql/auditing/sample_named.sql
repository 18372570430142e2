-- The sample of that number.
select
    sample,
    method,
    parameters,
    population_lines,
    population_value,
    drawn_at,
    user_name
from store.sample
where sample = $sample;
