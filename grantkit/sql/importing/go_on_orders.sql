-- Rows that come back corrected are the next ones of their source file: those of an order are counted on from the last
-- that the file said.
update occurrences
set occurrence = occurrences.occurrence + before.occurrence
from (
    select
        staged.row,
        max(held.occurrence) as occurrence
    from store.order_line as held
    semi join said_by_source on held.line_id = said_by_source.line_id
    inner join staged on held.line is null and staged.line is null and held.po = staged.po
    where staged.faults is null
    group by staged.row
) as before
where occurrences.row = before.row;
