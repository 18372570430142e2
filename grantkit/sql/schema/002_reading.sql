-- How a file was read, and what came of the rows that are no lines of the ledger.

-- One row: how a batch's file was read: its header as it stands there, the profile as it was used (TOML), and what
-- was recognised, from what.
create table store.batch_reading (
    batch integer not null,
    header_row bigint not null,
    header json not null,
    profile_text varchar not null,
    recognised json not null
);

-- One row: a row that is no line: a total, a page's heading or footer, a line of dashes, a tax row folded into the VAT
-- of its document. `net` is the figure that it shows, `expected` what the lines above it come to.
create table store.ignored_row (
    batch integer not null,
    row bigint not null,
    reason varchar not null,
    net decimal(18, 2),
    expected decimal(18, 2)
);

-- One row: a refused row with its cells as they came, in the order of the file's columns, and as much of its identity
-- and money as can be read.
create table store.rejected_row (
    batch integer not null,
    row bigint not null,
    cells json not null,
    who varchar,
    document varchar,
    line varchar,
    net decimal(18, 2)
);

-- One row: a refused row that needs no more work: another row replaced it (`by_batch`, `by_row`), or a person
-- dismissed it (`reason`).
create table store.reject_settled (
    batch integer not null,
    row bigint not null,
    by_batch integer,
    by_row bigint,
    reason varchar,
    settled_at timestamp not null,
    user_name varchar not null
);

-- One row: a line that a later extract of its source lacks. `answer`: null while nobody has said, `keep` or
-- `withdraw`; the newest row of a line counts.
create table store.missing_line (
    batch integer not null,
    line_id bigint not null,
    answer varchar,
    noticed_at timestamp not null,
    user_name varchar not null
);

-- Which batch's version of the line the row said again.
alter table store.unchanged_row add column held_batch integer;
