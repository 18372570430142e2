-- An amount that belongs to the whole document and stands on each of its lines counts once, on the first.
update staged
set net = 0, vat = 0, gross = 0
where
    faults is null
    and row not in (
        select min(first.row)
        from staged as first
        where first.faults is null
        group by coalesce(first.supplier_id, first.supplier), first.document
    );
