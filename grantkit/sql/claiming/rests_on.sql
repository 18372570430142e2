-- How far the ledger reached when a claim was prepared: its newest batch, decision and settlement (0 for none).
select
    coalesce((select max(batch) from store.batch), 0) as batch,
    coalesce((select max(decision) from store.decision), 0) as decision,
    coalesce((select max(settlement) from store.settlement), 0) as settlement;
