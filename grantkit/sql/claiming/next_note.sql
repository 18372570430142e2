-- The number that the next note gets.
select coalesce(max(note), 0) + 1 as note
from store.claim_note;
