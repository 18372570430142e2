-- What auditors find and draw.

-- One row: a finding of a check that a person settled: its code, its lines (JSON), and a hash over the versions of the
-- lines and the amount: it opens again once they are others.
create table store.finding_settled (
    entry integer not null,
    code varchar not null,
    lines json not null,
    fingerprint varchar not null,
    reason varchar not null,
    settled_at timestamp not null,
    user_name varchar not null
);
