-- What a claim rests on, and what an officer adds to it.

-- One row: grant.toml as it stood from one command that changed the ledger to the next that found it otherwise.
create table store.settings_version (
    version integer not null,
    sha256 varchar not null,
    text varchar not null,
    noted_at timestamp not null,
    user_name varchar not null,
    command varchar not null
);

-- Why a line is late, an adjustment or an accrual, as it stood when the claim was prepared; null for what is current.
alter table store.claim_line add column cause varchar;

-- One row: what a claim leaves out of a line in one stream and kind of money, to date, and why. `kind`: `held-back`
-- (by the budgets or the award), `ineligible` or `unallocated`. `batch` is the version of the line that counted.
create table store.claim_left_out (
    claim_id integer not null,
    line_id bigint not null,
    batch integer,
    work_stream varchar not null,
    cost_type varchar not null,
    amount decimal(18, 2) not null,
    kind varchar not null,
    reason varchar
);

-- Who agreed to a claim before it went to the funder, beside whoever submitted it.
alter table store.claim_submission add column approved_by varchar;

-- One row: what an officer wrote to a stream's figures in one claim (one version of it); the newest counts.
create table store.claim_note (
    note integer not null,
    claim varchar not null,
    version integer not null,
    work_stream varchar not null,
    text varchar not null,
    noted_at timestamp not null,
    user_name varchar not null
);

-- One row: what an officer entered of an asset, known by the line that bought it; the newest counts. `useful_life`
-- is years.
create table store.asset_entry (
    entry integer not null,
    line_id bigint not null,
    item varchar,
    location varchar,
    useful_life integer,
    disposed_on date,
    disposal varchar,
    entered_at timestamp not null,
    user_name varchar not null
);
