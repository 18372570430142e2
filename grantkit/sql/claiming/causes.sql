-- Why lines are worth something else than a claim had of them. `cause_wanted` names the lines, the claim that each is
-- compared with, and the version (`held_batch`) that it held.

-- One row: a line with the claim that it is compared with, and how far the ledger reached when that was prepared.
create or replace temp table cause_reference as
select
    wanted.*,
    claim.claim,
    coalesce(cast(claim.facts ->> '$.rests_on.batch' as integer), 0) as newest_batch,
    coalesce(cast(claim.facts ->> '$.rests_on.decision' as bigint), 0) as newest_decision,
    claim.settings_sha256 = getvariable('settings_sha256') as same_settings
from cause_wanted as wanted
inner join store.claim as claim on wanted.claim_id = claim.claim_id;

-- One row: a cause of one line, in words; `place` is the order in which several are told.
create or replace temp table cause_part as
with
version as (
    select
        'invoice' as ledger,
        line_id,
        batch,
        net,
        vat,
        accounting_date as dated,
        paid_date,
        null as received,
        null as status,
        concat_ws('/', cost_centre, account, project, category) as coding,
        concat_ws('/', supplier_id, supplier, po, po_line, description) as texts
    from store.invoice_line
    where line_id in (select cause_reference.line_id from cause_reference)
    union all
    select
        'order' as ledger,
        line_id,
        batch,
        net,
        0 as vat,
        order_date as dated,
        null as paid_date,
        received,
        status,
        concat_ws('/', cost_centre, account, project, category) as coding,
        concat_ws('/', supplier_id, supplier, po, description) as texts
    from store.order_line
    where line_id in (select cause_reference.line_id from cause_reference)
),

first_version as (
    select
        line_id,
        min(batch) as batch
    from version
    group by line_id
),

decided as (
    select
        decision.line_id,
        decision.decision,
        case decision.aspect
            when 'stream' then 'stream decided'
            when 'date' then 'accounting date ' || decision.accounting_date || ' decided'
            else coalesce(decision.eligibility, 'eligibility') || ' decided'
        end
        || ' by ' || decision.user_name || ' on ' || strftime(decision.decided_at, '%Y-%m-%d')
        || ': ' || decision.reason as said
    from store.decision
),

its_order as (
    select
        cause_reference.line_id,
        cause_reference.newest_batch,
        cause_reference.newest_decision,
        invoice_coding.order_line_id
    from cause_reference
    inner join first_version on cause_reference.line_id = first_version.line_id
    inner join invoice_coding on cause_reference.line_id = invoice_coding.line_id
    where invoice_coding.order_line_id is not null and first_version.batch <= cause_reference.newest_batch
),

lost as (
    select
        disallowance.line_id,
        string_agg(distinct settlement.dated || ': ' || settlement.reason, '; ') as said
    from store.disallowance
    inner join store.settlement on disallowance.settlement = settlement.settlement
    where disallowance.claim_id in (select claim_submitted.claim_id from claim_submitted)
    group by disallowance.line_id
)

select
    reference.line_id,
    1 as place,
    'came in after ' || reference.claim || ' was prepared (batch ' || batch.batch || ', ' || batch.file || ')' as said
from cause_reference as reference
inner join first_version on reference.line_id = first_version.line_id
inner join store.batch on first_version.batch = batch.batch
where first_version.batch > reference.newest_batch
union all
select distinct
    reference.line_id,
    2 as place,
    case left_out.kind
        when 'held-back' then 'held back in ' || reference.claim
        when 'ineligible' then 'not eligible in ' || reference.claim || ': ' || left_out.reason
        else 'in no work stream in ' || reference.claim
    end as said
from cause_reference as reference
inner join store.claim_left_out as left_out
    on reference.claim_id = left_out.claim_id and reference.line_id = left_out.line_id
union all
select
    reference.line_id,
    3 as place,
    'restated in batch ' || held.batch || ': '
    || coalesce(
        nullif(
            concat_ws(
                ', ',
                case when old.net != new.net then 'net from ' || old.net || ' to ' || new.net end,
                case when old.vat != new.vat then 'VAT from ' || old.vat || ' to ' || new.vat end,
                case
                    when old.received != new.received
                        then 'received from ' || old.received || ' to ' || new.received
                end,
                case when old.status != new.status then 'status from ' || old.status || ' to ' || new.status end,
                case when old.dated != new.dated then 'date from ' || old.dated || ' to ' || new.dated end,
                case
                    when old.paid_date is distinct from new.paid_date and getvariable('claim_basis') = 'paid'
                        then 'paid ' || coalesce(cast(new.paid_date as varchar), 'no more')
                end,
                case when old.coding != new.coding then 'coding from ' || old.coding || ' to ' || new.coding end,
                case when old.texts != new.texts then 'other cells' end
            ),
            ''
        ),
        'said otherwise'
    ) as said
from cause_reference as reference
inner join line_current as held on reference.line_id = held.line_id and reference.held_batch != held.batch
inner join version as old on reference.line_id = old.line_id and reference.held_batch = old.batch
inner join version as new on reference.line_id = new.line_id and held.batch = new.batch
union all
select
    reference.line_id,
    4 as place,
    'no longer in the ledger' as said
from cause_reference as reference
where
    reference.held_batch is not null
    and reference.line_id not in (select line_current.line_id from line_current)
union all
select
    reference.line_id,
    5 as place,
    string_agg(decided.said, '; ' order by decided.decision) as said
from cause_reference as reference
inner join decided on reference.line_id = decided.line_id
where decided.decision > reference.newest_decision
group by reference.line_id
union all
select
    its_order.line_id,
    6 as place,
    'its order: ' || string_agg(decided.said, '; ' order by decided.decision) as said
from its_order
inner join decided on its_order.order_line_id = decided.line_id
where decided.decision > its_order.newest_decision
group by its_order.line_id
union all
select
    its_order.line_id,
    7 as place,
    'its order came or was restated in batch ' || held.batch as said
from its_order
inner join line_current as held on its_order.order_line_id = held.line_id
where held.batch > its_order.newest_batch
union all
select
    reference.line_id,
    8 as place,
    'disallowed by the funder on ' || lost.said as said
from cause_reference as reference
inner join lost on reference.line_id = lost.line_id
where reference.may_be_disallowed;

-- One row: a line with all its causes in words, or, where none of them is known, that the settings changed.
create or replace temp table line_cause as
select
    reference.line_id,
    coalesce(
        string_agg(cause_part.said, '; ' order by cause_part.place, cause_part.said),
        case
            when not any_value(reference.same_settings)
                then 'grant.toml changed after ' || any_value(reference.claim) || ' was prepared'
        end
    ) as cause
from cause_reference as reference
left join cause_part on reference.line_id = cause_part.line_id
group by reference.line_id;
