-- What the ledger comes to, in lines and pounds.
select
    (select count(*) from store.batch) as batches,
    (select count(*) from invoice_current) as invoice_lines,
    (select coalesce(sum(net), 0) from invoice_current) as net_of_invoices,
    (select count(*) from order_current) as order_lines,
    (select coalesce(sum(net), 0) from order_current) as net_of_orders,
    (select count(*) from store.decision) as decisions,
    (select count(*) from claim_submitted) as submitted_claims,
    (select coalesce(sum(claimed), 0) from claim_stream_counting) as claimed;
