-- The ledger: what happened, and nothing that can be worked out from it. Rows are added, never changed.

create table store.schema_version (
    version integer not null,
    applied_at timestamp not null,
    grantkit_version varchar not null
);

-- One row: one import of one file (or of one sheet of it).
create table store.batch (
    batch integer not null,
    kind varchar not null,
    file varchar not null,
    sheet varchar,
    sha256 varchar not null,
    profile varchar not null,
    profile_sha256 varchar not null,
    extract_date date not null,
    imported_at timestamp not null,
    user_name varchar not null,
    rows_read bigint not null,
    rows_accepted bigint not null,
    rows_unchanged bigint not null,
    rows_restated bigint not null,
    rows_rejected bigint not null,
    rows_ignored bigint not null,
    net_accepted decimal(38, 2) not null,
    net_unchanged decimal(38, 2) not null,
    net_restated decimal(38, 2) not null,
    net_restated_from decimal(38, 2) not null,
    net_ignored decimal(38, 2) not null
);

-- One row: an import that was taken back; the batch stays on record and counts nowhere.
create table store.batch_undone (
    batch integer not null,
    undone_at timestamp not null,
    user_name varchar not null,
    reason varchar not null
);

-- One row: one version of an invoice line, as one batch brought it.
create table store.invoice_line (
    line_id bigint not null,
    batch integer not null,
    row bigint not null,
    occurrence bigint,
    document varchar,
    line varchar,
    supplier_id varchar,
    supplier varchar,
    invoice_date date,
    accounting_date date not null,
    net decimal(18, 2) not null,
    vat decimal(18, 2) not null,
    gross decimal(18, 2) not null,
    po varchar,
    po_line varchar,
    cost_centre varchar,
    account varchar,
    project varchar,
    category varchar,
    description varchar,
    paid_date date,
    extra json
);

-- One row: one version of an order line, as one batch brought it.
create table store.order_line (
    line_id bigint not null,
    batch integer not null,
    row bigint not null,
    occurrence bigint,
    po varchar not null,
    line varchar,
    supplier_id varchar,
    supplier varchar,
    order_date date not null,
    net decimal(18, 2) not null,
    received decimal(18, 2) not null,
    status varchar not null,
    cost_centre varchar,
    account varchar,
    project varchar,
    category varchar,
    description varchar,
    extra json
);

-- One row: the earlier versions of a line stopped counting when a later batch restated it.
create table store.superseded (
    line_id bigint not null,
    batch integer not null,
    by_batch integer not null,
    reason varchar not null
);

-- One row: a row of a file that said again what the ledger already held.
create table store.unchanged_row (
    batch integer not null,
    row bigint not null,
    line_id bigint not null
);

-- One row: one fault of a refused row; a row with several faults has several.
create table store.reject (
    batch integer not null,
    row bigint not null,
    column_name varchar,
    value varchar,
    code varchar not null,
    message varchar not null
);

-- One row: one aspect (stream, eligibility or date) of one line that a person decided; the newest counts.
create table store.decision (
    decision bigint not null,
    line_id bigint not null,
    aspect varchar not null,
    eligibility varchar,
    ineligible_amount decimal(18, 2),
    accounting_date date,
    reason varchar not null,
    decided_at timestamp not null,
    user_name varchar not null
);

-- One row: one stream's part in a decision about a line's stream, in per cent.
create table store.decision_share (
    decision bigint not null,
    position integer not null,
    work_stream varchar not null,
    per_cent decimal(7, 4) not null
);

-- One row: a virement between two headings (stream and kind) of the award.
create table store.budget_move (
    move integer not null,
    from_stream varchar not null,
    from_kind varchar not null,
    to_stream varchar not null,
    to_kind varchar not null,
    amount decimal(18, 2) not null,
    dated date not null,
    reason varchar not null,
    approved_by varchar,
    moved_at timestamp not null,
    user_name varchar not null
);

-- One row: one preparation of a claim; the newest of its name and version is the one that stands.
create table store.claim (
    claim_id integer not null,
    claim varchar not null,
    version integer not null,
    starts date not null,
    ends date not null,
    basis varchar not null,
    settings_sha256 varchar not null,
    unallocated decimal(18, 2) not null,
    facts json not null,
    prepared_at timestamp not null,
    user_name varchar not null
);

-- One row: what a claim takes of one line (or gives back of it) in one stream and kind of money. `batch` is the
-- version of the line that counted as the claim was prepared; null where none did any more.
create table store.claim_line (
    claim_id integer not null,
    line_id bigint not null,
    batch integer,
    work_stream varchar not null,
    cost_type varchar not null,
    amount decimal(18, 2) not null,
    kind varchar not null,
    dated date
);

-- One row: one stream's figures in a claim, as they stood when it was prepared.
create table store.claim_stream (
    claim_id integer not null,
    position integer not null,
    work_stream varchar not null,
    budget decimal(18, 2) not null,
    claimed_before decimal(18, 2) not null,
    resource decimal(18, 2) not null,
    capital decimal(18, 2) not null,
    this_claim decimal(18, 2) not null,
    late decimal(18, 2) not null,
    accruals decimal(18, 2) not null,
    adjustments decimal(18, 2) not null,
    held_back decimal(18, 2) not null,
    cumulative decimal(18, 2) not null,
    remaining decimal(18, 2) not null
);

-- One row: a claim went to the funder; from then on its lines and figures stand.
create table store.claim_submission (
    claim_id integer not null,
    submitted_at timestamp not null,
    user_name varchar not null,
    workbook varchar not null,
    sha256 varchar not null
);

-- One row: a draft or a submitted claim was taken back and counts nowhere.
create table store.claim_withdrawal (
    claim_id integer not null,
    withdrawn_at timestamp not null,
    user_name varchar not null,
    reason varchar
);

-- One row: one answer of the funder to a claim: a payment, a disallowance, or both.
create table store.settlement (
    settlement integer not null,
    claim_id integer not null,
    dated date not null,
    received decimal(18, 2),
    reason varchar,
    settled_at timestamp not null,
    user_name varchar not null
);

-- One row: what the funder disallowed of one claimed line, in one stream and kind of money. Rows of one
-- `disallowance` belong together: they are one amount, shared over what the claim took of the line.
create table store.disallowance (
    disallowance integer not null,
    settlement integer not null,
    claim_id integer not null,
    line_id bigint not null,
    work_stream varchar not null,
    cost_type varchar not null,
    amount decimal(18, 2) not null
);

-- One row: one command that changed something; each entry's hash covers the one before.
create table store.audit_log (
    entry bigint not null,
    logged_at timestamp not null,
    user_name varchar not null,
    system_user varchar not null,
    command varchar not null,
    arguments json not null,
    result json not null,
    grantkit_version varchar not null,
    previous_hash varchar not null,
    hash varchar not null
);
