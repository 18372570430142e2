-- The settings beside the ledger, out of the variable `settings` (JSON, made by relations.py).

create or replace temp table setting as
select unnest(
    from_json(
        getvariable('settings'),
        '{
            "stream": [{"position": "INTEGER", "work_stream": "VARCHAR", "name": "VARCHAR",
                        "resource": "DECIMAL(18, 2)", "capital": "DECIMAL(18, 2)"}],
            "quarter": [{"quarter": "VARCHAR", "starts": "DATE", "ends": "DATE"}],
            "rule": [{"number": "INTEGER", "kind": "VARCHAR", "reason": "VARCHAR"}],
            "rule_pattern": [{"number": "INTEGER", "field": "VARCHAR", "pattern": "VARCHAR"}],
            "rule_share": [{"number": "INTEGER", "position": "INTEGER", "work_stream": "VARCHAR",
                            "per_cent": "DECIMAL(7, 4)"}]
        }'
    )
);

-- One row: a work stream, in the order of grant.toml.
create or replace temp table stream as
select unnest(stream, recursive := true) from setting;

-- One row: a quarter of the award, first and last day inclusive.
create or replace temp table quarter as
select unnest(quarter, recursive := true) from setting;

-- One row: a rule of grant.toml. `number` runs over all kinds of rules; the first that matches has the lowest.
-- `reason` is why a line is not eligible, or not published as it is; of a rule for VAT, `recoverable` or
-- `irrecoverable`.
create or replace temp table rule as
select unnest(rule, recursive := true) from setting;

-- One row: one pattern for one field of one rule, as a LIKE pattern in lower case.
create or replace temp table rule_pattern as
select unnest(rule_pattern, recursive := true) from setting;

-- One row: one stream's part, in per cent, in what an allocation rule matches.
create or replace temp table rule_share as
select unnest(rule_share, recursive := true) from setting;
