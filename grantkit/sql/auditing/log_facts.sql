-- One row: what a command left behind and its entry in the audit log do not say alike (`expected` is the entry's): what
-- people decided, moved, settled, withdrew, undid and planned. A half that is missing is null.
with
-- a decision writes one row for each of its lines and aspects, in this order
decided_line as (
    select
        entry,
        user_name,
        arguments,
        unnest(from_json(arguments -> '$.lines', '["BIGINT"]')) as line_id,
        generate_subscripts(from_json(arguments -> '$.lines', '["BIGINT"]'), 1) as place
    from store.audit_log
    where command = 'decide'
),

decided_aspect as (
    select
        *,
        1 as turn,
        'stream' as aspect
    from decided_line
    where json_array_length(arguments -> '$.shares') > 0
    union all
    select
        *,
        2 as turn,
        'eligibility' as aspect
    from decided_line
    where arguments ->> '$.eligibility' is not null
    union all
    select
        *,
        3 as turn,
        'date' as aspect
    from decided_line
    where arguments ->> '$.accounting_date' is not null
),

said as (
    select
        'decision ' || row_number() over (order by entry, place, turn) as what,
        to_json({
            'line_id': line_id,
            'aspect': aspect,
            'shares': case
                when aspect = 'stream' then list_transform(
                    from_json(arguments -> '$.shares', '[["VARCHAR"]]'),
                    lambda pair: pair[1] || '=' || coalesce(
                        cast(try_cast(pair[2] as decimal(7, 4)) as varchar), pair[2]
                    )
                )
            end,
            'eligibility': case when aspect = 'eligibility' then arguments ->> '$.eligibility' end,
            'ineligible_amount': case when aspect = 'eligibility' then arguments ->> '$.ineligible_amount' end,
            'accounting_date': case when aspect = 'date' then arguments ->> '$.accounting_date' end,
            'reason': arguments ->> '$.reason',
            'user': user_name
        }) as facts
    from decided_aspect
    union all
    select
        'virement ' || (result ->> '$.move') as what,
        to_json({
            'from': (arguments ->> '$.giver') || ' ' || (arguments ->> '$.kind'),
            'to': (arguments ->> '$.receiver') || ' ' || (arguments ->> '$.to_kind'),
            'amount': arguments ->> '$.amount',
            'dated': arguments ->> '$.dated',
            'reason': arguments ->> '$.reason',
            'approved_by': arguments ->> '$.approved_by',
            'user': user_name
        }) as facts
    from store.audit_log
    where command = 'budget move'
    union all
    select
        'settlement ' || (result ->> '$.settlement') as what,
        to_json({
            'claim': arguments ->> '$.claim',
            'dated': arguments ->> '$.date',
            'received': arguments ->> '$.received',
            'disallowed': result ->> '$.disallowed',
            'reason': arguments ->> '$.reason',
            'user': user_name
        }) as facts
    from store.audit_log
    where command = 'claim settle'
    union all
    select
        'submission of claim_id ' || (result ->> '$.claim_id') as what,
        to_json({
            'claim': arguments ->> '$.claim',
            'version': result ->> '$.version',
            'sha256': result ->> '$.sha256',
            'approved_by': arguments ->> '$.approved_by',
            'user': user_name
        }) as facts
    from store.audit_log
    where command = 'claim submit'
    union all
    select
        'withdrawal of claim_id ' || (result ->> '$.claim_id') as what,
        to_json({'claim': arguments ->> '$.claim', 'reason': arguments ->> '$.reason', 'user': user_name}) as facts
    from store.audit_log
    where command = 'claim withdraw'
    union all
    select
        'undoing of batch ' || (arguments ->> '$.batch') as what,
        to_json({'reason': arguments ->> '$.reason', 'user': user_name}) as facts
    from store.audit_log
    where command = 'undo'
    union all
    select
        'planned spend ' || (result ->> '$.plan') as what,
        to_json({
            'work_stream': arguments ->> '$.work_stream',
            'kind': arguments ->> '$.kind',
            'month': (arguments ->> '$.month') || '-01',
            'amount': arguments ->> '$.amount',
            'reason': arguments ->> '$.reason',
            'user': user_name
        }) as facts
    from store.audit_log
    where command = 'forecast add'
    union all
    select
        'settings, version ' || (result ->> '$.version') as what,
        to_json({'sha256': result ->> '$.sha256', 'sha256_of_text': result ->> '$.sha256', 'user': user_name}) as facts
    from store.audit_log
    where command = 'settings'
),

held as (
    select
        'decision ' || decision.decision as what,
        to_json({
            'line_id': decision.line_id,
            'aspect': decision.aspect,
            'shares': (
                select list(share.work_stream || '=' || share.per_cent order by share.position)
                from store.decision_share as share
                where share.decision = decision.decision
            ),
            'eligibility': decision.eligibility,
            'ineligible_amount': cast(decision.ineligible_amount as varchar),
            'accounting_date': cast(decision.accounting_date as varchar),
            'reason': decision.reason,
            'user': decision.user_name
        }) as facts
    from store.decision
    union all
    select
        'virement ' || move as what,
        to_json({
            'from': from_stream || ' ' || from_kind,
            'to': to_stream || ' ' || to_kind,
            'amount': cast(amount as varchar),
            'dated': cast(dated as varchar),
            'reason': reason,
            'approved_by': approved_by,
            'user': user_name
        }) as facts
    from store.budget_move
    union all
    select
        'settlement ' || settlement.settlement as what,
        to_json({
            'claim': claim.claim,
            'dated': cast(settlement.dated as varchar),
            'received': cast(settlement.received as varchar),
            'disallowed': (
                select cast(coalesce(sum(lost.amount), 0.00) as varchar)
                from store.disallowance as lost
                where lost.settlement = settlement.settlement and lost.claim_id = settlement.claim_id
            ),
            'reason': settlement.reason,
            'user': settlement.user_name
        }) as facts
    from store.settlement
    left join store.claim on settlement.claim_id = claim.claim_id
    union all
    select
        'submission of claim_id ' || submission.claim_id as what,
        to_json({
            'claim': claim.claim,
            'version': cast(claim.version as varchar),
            'sha256': submission.sha256,
            'approved_by': submission.approved_by,
            'user': submission.user_name
        }) as facts
    from store.claim_submission as submission
    left join store.claim on submission.claim_id = claim.claim_id
    union all
    select
        'withdrawal of claim_id ' || withdrawal.claim_id as what,
        to_json({'claim': claim.claim, 'reason': withdrawal.reason, 'user': withdrawal.user_name}) as facts
    from store.claim_withdrawal as withdrawal
    left join store.claim on withdrawal.claim_id = claim.claim_id
    union all
    select
        'undoing of batch ' || batch as what,
        to_json({'reason': reason, 'user': user_name}) as facts
    from store.batch_undone
    union all
    select
        'planned spend ' || plan as what,
        to_json({
            'work_stream': work_stream,
            'kind': kind,
            'month': cast(month as varchar),
            'amount': cast(amount as varchar),
            'reason': reason,
            'user': user_name
        }) as facts
    from store.planned_spend
    union all
    select
        'settings, version ' || version as what,
        to_json({'sha256': sha256, 'sha256_of_text': sha256(text), 'user': user_name}) as facts
    from store.settings_version
)

select
    coalesce(said.what, held.what) as what,
    cast(said.facts as varchar) as expected,
    cast(held.facts as varchar) as found
from said
full outer join held on said.what = held.what
where cast(said.facts as varchar) is distinct from cast(held.facts as varchar)
order by what;
