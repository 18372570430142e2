-- One row: a stream with the pounds that all its claims together may reach, and what they have reached before.
create or replace temp table claim_cap (
    work_stream varchar,
    cap decimal(18, 2),
    claimed_before decimal(18, 2)
);
