-- What officers expect beside what the ledger holds, and what the pilot has to show for its money.

-- One row: planned spend that is not ordered yet, in one stream and kind of money, expected in one month (`month` is
-- its first day); `amount` in pounds.
create table store.planned_spend (
    plan integer not null,
    work_stream varchar not null,
    kind varchar not null,
    month date not null,
    amount decimal(18, 2) not null,
    reason varchar not null,
    planned_at timestamp not null,
    user_name varchar not null
);

-- One row: planned spend that is no longer planned: ordered by now, or given up.
create table store.planned_spend_dropped (
    plan integer not null,
    reason varchar not null,
    dropped_at timestamp not null,
    user_name varchar not null
);

-- One row: a milestone of grant.toml, by its name, was reached; the newest of a name counts. `evidence_sha256` is
-- the file that shows it, kept among the evidence; `evidence` what it was called.
create table store.milestone_done (
    entry integer not null,
    milestone varchar not null,
    done_on date not null,
    evidence varchar,
    evidence_sha256 varchar,
    entered_at timestamp not null,
    user_name varchar not null
);

-- One row: a file of measures that was taken in, with what became of its rows.
create table store.measure_import (
    entry integer not null,
    file varchar not null,
    sheet varchar,
    sha256 varchar not null,
    rows_read bigint not null,
    rows_accepted bigint not null,
    rows_unchanged bigint not null,
    rows_restated bigint not null,
    rows_rejected bigint not null,
    entered_at timestamp not null,
    user_name varchar not null
);

-- One row: a value that a file gave for one measure of grant.toml on one day in one stream, in the measure's unit; of
-- several files' the newest counts.
create table store.measure_value (
    entry integer not null,
    measure varchar not null,
    work_stream varchar not null,
    dated date not null,
    value decimal(18, 4) not null,
    row bigint not null
);
