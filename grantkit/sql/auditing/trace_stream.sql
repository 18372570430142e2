-- One row: an invoice line behind a stream's eligible cost at the date asked for (null: of all streams), or behind the
-- part of it that is dated from $first to $last, of one kind of money, with an order or without; pounds.
select
    allocation.line_id,
    cell.file,
    cell.sheet,
    cell.sha256,
    cell.row,
    cell.document,
    cell.line,
    cell.supplier,
    allocation.counts_on as accounting_date,
    cell.net,
    allocation.work_stream,
    allocation.eligible as amount,
    held.claims as claim
from allocation
inner join invoice_coding on allocation.line_id = invoice_coding.line_id
inner join invoice_current on allocation.line_id = invoice_current.line_id
inner join line_cell as cell
    on invoice_current.line_id = cell.line_id and invoice_current.batch = cell.batch
left join share_claimed as held
    on allocation.line_id = held.line_id and allocation.work_stream = held.work_stream
where
    ($work_stream is null or allocation.work_stream = $work_stream)
    and allocation.counts_on <= getvariable('as_at')
    and allocation.eligible != 0
    and ($first is null or allocation.counts_on >= $first)
    and ($last is null or allocation.counts_on <= $last)
    and ($is_capital is null or allocation.is_capital = $is_capital)
    and (
        $has_order is null
        or (invoice_coding.order_line_id is not null or invoice_coding.pooled_po is not null) = $has_order
    )
order by allocation.line_id, allocation.work_stream;
