-- The number that the next virement gets.
select coalesce(max(move), 0) + 1 as move
from store.budget_move;
