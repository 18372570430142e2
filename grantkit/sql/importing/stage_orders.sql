-- One row: one non-blank data row of the file, read and typed; `faults` is null where nothing stands in its way.
create or replace temp table staged as
with
cells as (
    select
        row,
        ragged(cells, beyond, broken) as ragged,
        text_of(po) as po,
        text_of(line) as line,
        text_of(supplier_id) as supplier_id,
        text_of(supplier) as supplier,
        text_of(order_date) as order_date_text,
        text_of(net) as net_text,
        text_of(received) as received_text,
        text_of(status) as status_text,
        text_of(cost_centre) as cost_centre,
        text_of(account) as account,
        text_of(project) as project,
        text_of(category) as category,
        text_of(description) as description,
        text_of(undelivered_cell) as undelivered_text,
        sign_cell,
        currency_cell,
        extra
    from source_text
),

typed as (
    select
        *,
        date_of(order_date_text) as order_date,
        in_pounds(signed(amount_of(net_text), sign_cell), currency_cell) as net,
        case
            when received_text is not null
                then in_pounds(signed(amount_of(received_text), sign_cell), currency_cell)
            when undelivered_text is not null
                then in_pounds(
                    signed(cast(amount_of(net_text) - amount_of(undelivered_text) as decimal(18, 2)), sign_cell),
                    currency_cell
                )
            else cast(0 as decimal(18, 2))
        end as received,
        status_of(status_text) as status
    from cells
)

select
    row,
    po,
    line,
    supplier_id,
    supplier,
    order_date,
    net,
    received,
    status,
    cost_centre,
    account,
    project,
    category,
    description,
    extra,
    case
        when ragged is not null then [ragged]
        when
            po is not null
            and (supplier_id is not null or supplier is not null)
            and order_date is not null
            and net is not null
            and received is not null
            and status in ('open', 'closed', 'cancelled')
            and has_rate(currency_cell)
            then null
        else
            list_filter(
                [
                    missing('po', po),
                    missing('supplier', coalesce(supplier_id, supplier)),
                    missing('order_date', order_date_text),
                    bad_date('order_date', order_date_text),
                    missing('net', net_text),
                    bad_amount('net', net_text),
                    bad_amount('received', received_text),
                    case when undelivered_text is not null then bad_amount('undelivered', undelivered_text) end,
                    bad_rate(currency_cell),
                    case
                        when status not in ('open', 'closed', 'cancelled')
                            then fault('status', status_text, 'bad-value')
                    end
                ],
                lambda f: f is not null
            )
    end as faults
from typed;
