-- All virements, in the order in which they were made.
select * from store.budget_move
order by move;
