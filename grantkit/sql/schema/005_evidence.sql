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

-- One row: a sample that was drawn and written as a working paper, with what it was drawn from and how (`parameters`).
create table store.sample (
    sample integer not null,
    method varchar not null,
    parameters json not null,
    population_lines bigint not null,
    population_value decimal(18, 2) not null,
    drawn_at timestamp not null,
    user_name varchar not null
);

-- One row: a line of a sample: its amount (pounds) and how often it was hit.
create table store.sample_line (
    sample integer not null,
    position integer not null,
    line_id bigint not null,
    amount decimal(18, 2) not null,
    running_total decimal(18, 2),
    hits integer not null
);
