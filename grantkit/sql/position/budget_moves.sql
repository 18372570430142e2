-- The virements dated up to a date, in the order in which they were made.
select * from store.budget_move
where dated <= $as_at
order by move;
