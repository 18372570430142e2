-- The settings beside the ledger: streams, rules and their patterns. Filled by `relations.py`, never by hand.

-- One row: a work stream, in the order of grant.toml.
create or replace temp table stream (
    position integer,
    work_stream varchar,
    name varchar,
    resource decimal(18, 2),
    capital decimal(18, 2)
);

-- One row: a rule of grant.toml. `number` runs over all kinds of rules; the first that matches has the lowest.
create or replace temp table rule (
    number integer,
    kind varchar,
    reason varchar
);

-- One row: one pattern for one field of one rule, as a LIKE pattern in lower case.
create or replace temp table rule_pattern (
    number integer,
    field varchar,
    pattern varchar
);

-- One row: one stream's part, in per cent, in what an allocation rule matches.
create or replace temp table rule_share (
    number integer,
    position integer,
    work_stream varchar,
    per_cent decimal(7, 4)
);

-- One row: a quarter of the award, first and last day inclusive.
create or replace temp table quarter (
    quarter varchar,
    starts date,
    ends date
);
