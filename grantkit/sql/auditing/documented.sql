-- The relations that auditors query (contract, section 6).

create or replace temp view invoice_lines as
select
    held.line_id,
    held.batch,
    batch.file,
    held.row,
    held.document,
    held.line,
    held.supplier_id,
    held.supplier,
    held.invoice_date,
    held.accounting_date,
    coding.counts_on,
    held.net,
    held.vat,
    held.gross,
    coding.cost,
    held.po,
    held.po_line,
    coding.order_line_id,
    held.cost_centre,
    held.account,
    held.project,
    held.category,
    held.description,
    held.paid_date,
    held.extra
from invoice_current as held
inner join invoice_coding as coding on held.line_id = coding.line_id
inner join store.batch as batch on held.batch = batch.batch;
comment on view invoice_lines is 'One row: an invoice line in the version that counts. Amounts in pounds; cost is net, or net + VAT where VAT is irrecoverable; counts_on is the accounting date that counts.';

create or replace temp view order_lines as
select
    held.line_id,
    held.batch,
    batch.file,
    held.row,
    held.po,
    held.line,
    held.supplier_id,
    held.supplier,
    held.order_date,
    held.net,
    held.received,
    held.status,
    held.cost_centre,
    held.account,
    held.project,
    held.category,
    held.description,
    held.extra
from order_current as held
inner join store.batch as batch on held.batch = batch.batch;
comment on view order_lines is 'One row: an order line in the version that counts. net is what was ordered, received what was receipted so far, in pounds.';

create or replace temp view line_versions as
select
    'invoice' as ledger,
    batch.file,
    batch.imported_at,
    held.*
from store.invoice_line as held
inner join store.batch as batch on held.batch = batch.batch
union all by name
select
    'order' as ledger,
    batch.file,
    batch.imported_at,
    held.*
from store.order_line as held
inner join store.batch as batch on held.batch = batch.batch;
comment on view line_versions is 'One row: one version of an invoice or order line, as one batch brought it; all that ever were.';

create or replace temp view allocations as
select
    allocation.line_id,
    allocation.work_stream,
    allocation.amount,
    allocation.eligible,
    case
        when allocation.amount != allocation.eligible
            then coalesce(
                ineligible_reason.reason, case when allocation.disallowed != 0 then 'Disallowed by the funder' end
            )
    end as reason
from allocation
left join ineligible_reason on allocation.ineligible_key = ineligible_reason.ineligible_key;
comment on view allocations is 'One row: an invoice line and a stream that its cost goes to: amount and what of it is eligible, in pounds, and why the rest is not.';

create or replace temp view claim_version_lines as
select
    claim_versions.claim,
    claim_versions.version,
    claim_versions.status,
    claim_line.line_id,
    claim_line.work_stream,
    claim_line.cost_type,
    claim_line.amount,
    claim_line.kind,
    claim_line.dated
from store.claim_line
inner join claim_versions on claim_line.claim_id = claim_versions.claim_id;
comment on view claim_version_lines is 'One row: what a claim, in one of its versions, takes of a line in one stream and kind of money, in pounds.';

create or replace temp view claim_lines as
select
    claims.claim,
    claim_line.line_id,
    claim_line.work_stream,
    claim_line.cost_type,
    claim_line.amount,
    claim_line.kind,
    claim_line.dated
from store.claim_line
inner join claims on claim_line.claim_id = claims.claim_id;
comment on view claim_lines is 'One row: what a claim takes of a line (or gives back) in one stream and kind of money, in pounds.';

create or replace temp view batches as
select
    batch.*,
    batch.batch in (select batch_undone.batch from store.batch_undone) as undone
from store.batch;
comment on view batches is 'One row: one import of one file or sheet, with its rows and money (pounds) by what became of them.';

create or replace temp view rejects as
select
    reject.batch,
    batch.file,
    batch.sheet,
    reject.row,
    reject.column_name,
    reject.value,
    reject.code,
    reject.message
from store.reject
inner join store.batch as batch on reject.batch = batch.batch;
comment on view rejects is 'One row: one fault of a refused row; a row with several faults has several.';

create or replace temp view decisions as
select
    decision.decision,
    decision.line_id,
    decision.aspect,
    (
        select string_agg(work_stream || '=' || per_cent, ',' order by position)
        from store.decision_share
        where decision_share.decision = decision.decision
    ) as work_streams,
    decision.eligibility,
    decision.ineligible_amount,
    decision.accounting_date,
    decision.reason,
    decision.decided_at,
    decision.user_name,
    decision.decision in (select decision_counting.decision from decision_counting) as counts
from store.decision;
comment on view decisions is 'One row: what a person decided about one aspect (stream, eligibility, date) of one line; the newest counts.';

create or replace temp view audit_log as select * from store.audit_log;
comment on view audit_log is 'One row: one command that changed something; each entry''s hash covers the one before.';

create or replace temp view settlements as
select
    settlement.settlement,
    claim_versions.claim,
    claim_versions.version,
    settlement.dated,
    settlement.received,
    settlement.reason,
    settlement.settled_at,
    settlement.user_name
from store.settlement
inner join claim_versions on settlement.claim_id = claim_versions.claim_id;
comment on view settlements is 'One row: one answer of the funder to a claim: a payment (pounds), a disallowance, or both.';

create or replace temp view disallowances as
select
    disallowance.settlement,
    claim_versions.claim,
    claim_versions.version,
    disallowance.line_id,
    disallowance.work_stream,
    disallowance.cost_type,
    disallowance.amount
from store.disallowance
inner join claim_versions on disallowance.claim_id = claim_versions.claim_id;
comment on view disallowances is 'One row: what the funder disallowed of a claimed line in one stream and kind of money, in pounds.';

create or replace temp view budget_moves as select * from store.budget_move;
comment on view budget_moves is 'One row: a virement between two headings (stream and kind) of the award, in pounds.';

create or replace temp view milestones_done as select * from store.milestone_done;
comment on view milestones_done is 'One row: who said when that a milestone was reached; the newest of a name counts.';

create or replace temp view measure_values as select * from measure_current;
comment on view measure_values is 'One row: what was counted on one day in one stream, in the measure''s unit, with the cell''s place.';

create or replace temp view publication_decisions as select * from store.publication_decision;
comment on view publication_decisions is 'One row: what a person decided about publishing one line; the newest about a line counts.';
