-- An amount that belongs to the whole document counts once: a row that comes back corrected has nothing of it where its
-- source file said a line of the document before.
update staged
set net = 0, vat = 0, gross = 0
where
    faults is null
    and exists (
        select 1
        from store.invoice_line as held
        where
            held.line_id in (select said_by_source.line_id from said_by_source)
            and coalesce(held.supplier_id, held.supplier) = coalesce(staged.supplier_id, staged.supplier)
            and held.document is not distinct from staged.document
    );
