-- What the public is shown.

-- One row: what a person decided about publishing one line: `as-is`, `redact` or `exclude`; the newest counts. All rows
-- of one `decision` were decided at once. `supplier` and `purpose` are the texts that were looked at: once the line
-- says something else, `as-is` does not stand any more.
create table store.publication_decision (
    decision integer not null,
    line_id bigint not null,
    treatment varchar not null,
    supplier varchar,
    purpose varchar,
    reason varchar not null,
    decided_at timestamp not null,
    user_name varchar not null
);
