-- One row: one non-blank data row of the file, read and typed; `faults` is null where nothing stands in its way.
create or replace temp table staged as
with
cells as (
    select
        row,
        ragged(cells, beyond, broken) as ragged,
        text_of(document) as document,
        text_of(line) as line,
        text_of(supplier_id) as supplier_id,
        text_of(supplier) as supplier,
        text_of(invoice_date) as invoice_date_text,
        text_of(accounting_date) as accounting_date_text,
        text_of(net) as net_text,
        text_of(vat) as vat_text,
        text_of(gross) as gross_text,
        text_of(po) as po,
        text_of(po_line) as po_line,
        text_of(cost_centre) as cost_centre,
        text_of(account) as account,
        text_of(project) as project,
        text_of(category) as category,
        text_of(description) as description,
        text_of(paid_date) as paid_date_text,
        text_of(credit_cell) as credit_text,
        sign_cell,
        currency_cell,
        extra
    from source_text
),

typed as (
    select
        *,
        date_of(invoice_date_text) as invoice_date,
        date_of(accounting_date_text) as accounting_date,
        date_of(paid_date_text) as paid_date,
        case
            when credit_text is null then in_pounds(signed(amount_of(net_text), sign_cell), currency_cell)
            else in_pounds(
                signed(
                    cast(
                        case when net_text is null then 0 else amount_of(net_text) end - amount_of(credit_text)
                        as decimal(18, 2)
                    ),
                    sign_cell
                ),
                currency_cell
            )
        end as net,
        case
            when vat_text is null then cast(0 as decimal(18, 2))
            else in_pounds(signed(amount_of(vat_text), sign_cell), currency_cell)
        end as vat,
        in_pounds(signed(amount_of(gross_text), sign_cell), currency_cell) as gross
    from cells
)

select
    row,
    document,
    line,
    supplier_id,
    supplier,
    invoice_date,
    accounting_date,
    net,
    vat,
    cast(coalesce(gross, net + vat) as decimal(18, 2)) as gross,
    po,
    po_line,
    cost_centre,
    account,
    project,
    category,
    description,
    paid_date,
    extra,
    case
        when ragged is not null then [ragged]
        when
            (document is not null or getvariable('no_document'))
            and (supplier_id is not null or supplier is not null)
            and accounting_date is not null
            and net is not null
            and vat is not null
            and (gross_text is null or gross = net + vat)
            and (invoice_date_text is null or invoice_date is not null)
            and (paid_date_text is null or paid_date is not null)
            and has_rate(currency_cell)
            then null
        else
            list_filter(
                [
                    case when not getvariable('no_document') then missing('document', document) end,
                    missing('supplier', coalesce(supplier_id, supplier)),
                    bad_date('invoice_date', invoice_date_text),
                    missing('accounting_date', accounting_date_text),
                    bad_date('accounting_date', accounting_date_text),
                    missing('net', coalesce(net_text, credit_text)),
                    bad_amount('net', net_text),
                    bad_amount('credit', credit_text),
                    bad_amount('vat', vat_text),
                    bad_amount('gross', gross_text),
                    case when gross != net + vat then fault('gross', gross_text, 'does-not-add-up') end,
                    bad_date('paid_date', paid_date_text),
                    bad_rate(currency_cell)
                ],
                lambda f: f is not null
            )
    end as faults
from typed;
