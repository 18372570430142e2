-- One row: a virement between two headings (stream and kind) of the award, in pounds.
select
    move,
    dated,
    from_stream,
    from_kind,
    to_stream,
    to_kind,
    amount,
    reason,
    approved_by,
    moved_at,
    user_name
from store.budget_move
order by move;
