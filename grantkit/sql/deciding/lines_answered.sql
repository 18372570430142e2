-- One row: a line among those named, as the ledger has it now, with the decision about its stream that counts: its
-- shares in their order (null where there is none), its reason and who made it. Net in pounds.
with
line as (
    select
        'invoice' as ledger,
        line_id,
        document,
        line,
        net
    from invoice_current
    where line_id in (select unnest($line_ids))
    union all
    select
        'order' as ledger,
        line_id,
        po as document,
        line,
        net
    from order_current
    where line_id in (select unnest($line_ids))
),

newest as (
    select
        line_id,
        max(decision) as decision
    from store.decision
    where aspect = 'stream'
    group by line_id
)

select
    line.ledger,
    line.line_id,
    line.document,
    line.line,
    line.net,
    decision.reason,
    decision.user_name,
    (
        select list(decision_share.work_stream order by decision_share.position)
        from store.decision_share
        where decision_share.decision = newest.decision
    ) as work_streams,
    (
        select list(decision_share.per_cent order by decision_share.position)
        from store.decision_share
        where decision_share.decision = newest.decision
    ) as per_cents
from line
left join newest on line.line_id = newest.line_id
left join store.decision as decision on newest.decision = decision.decision;
