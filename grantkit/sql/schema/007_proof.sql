-- What each command added to the ledger.

-- JSON, an object for each table that the command added rows to: `in_table`, `first` (its first new row, counted from 0
-- as rows were added), `added` (how many), and `sha256` over them. The entry's hash covers it.
alter table store.audit_log add column added json;
