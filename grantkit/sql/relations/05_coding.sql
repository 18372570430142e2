-- Which rules match which line. Patterns are tried once against each distinct value of a field; a line then takes
-- the rules that all of its fields leave standing, as bits in the order of the rules (at most 126 of them).

-- The rules of one kind among these bits.
create or replace temp macro of_kind(wanted, bits) as bits & getvariable('kind_bits')[wanted];

-- The number of the lowest of these bits, counted from 1; null where there is none.
create or replace temp macro lowest(bits) as case when bits = 0 then null else bit_count((bits & -bits) - 1) + 1 end;

create or replace temp macro rules_name(field) as list_contains(getvariable('rule_fields'), field);

-- One row: a value that some version of a line has in a field that rules name, and that one of their patterns
-- matches; `bits` are the rules that it leaves standing: those it matches, and those that do not name the field.
create or replace temp table value_bits as
with
value as (
    select distinct
        'supplier_id' as field,
        coalesce(supplier_id, '') as value
    from store.invoice_line
    where rules_name('supplier_id')
    union
    select distinct
        'supplier_id' as field,
        coalesce(supplier_id, '') as value
    from store.order_line
    where rules_name('supplier_id')
    union
    select distinct
        'supplier' as field,
        coalesce(supplier, '') as value
    from store.invoice_line
    where rules_name('supplier')
    union
    select distinct
        'supplier' as field,
        coalesce(supplier, '') as value
    from store.order_line
    where rules_name('supplier')
    union
    select distinct
        'cost_centre' as field,
        coalesce(cost_centre, '') as value
    from store.invoice_line
    where rules_name('cost_centre')
    union
    select distinct
        'cost_centre' as field,
        coalesce(cost_centre, '') as value
    from store.order_line
    where rules_name('cost_centre')
    union
    select distinct
        'account' as field,
        coalesce(account, '') as value
    from store.invoice_line
    where rules_name('account')
    union
    select distinct
        'account' as field,
        coalesce(account, '') as value
    from store.order_line
    where rules_name('account')
    union
    select distinct
        'project' as field,
        coalesce(project, '') as value
    from store.invoice_line
    where rules_name('project')
    union
    select distinct
        'project' as field,
        coalesce(project, '') as value
    from store.order_line
    where rules_name('project')
    union
    select distinct
        'category' as field,
        coalesce(category, '') as value
    from store.invoice_line
    where rules_name('category')
    union
    select distinct
        'category' as field,
        coalesce(category, '') as value
    from store.order_line
    where rules_name('category')
    union
    select distinct
        'po' as field,
        coalesce(po, '') as value
    from store.invoice_line
    where rules_name('po')
    union
    select distinct
        'po' as field,
        coalesce(po, '') as value
    from store.order_line
    where rules_name('po')
    union
    select distinct
        'description' as field,
        coalesce(description, '') as value
    from store.invoice_line
    where rules_name('description')
    union
    select distinct
        'description' as field,
        coalesce(description, '') as value
    from store.order_line
    where rules_name('description')
)

select
    value.field,
    value.value,
    bit_or(cast(1 as hugeint) << (rule_pattern.number - 1)) | any_value(getvariable('field_bits')[value.field]) as bits
from value
inner join rule_pattern on value.field = rule_pattern.field
where lower(value.value) like rule_pattern.pattern escape '\'
group by value.field, value.value;

-- One row: an order line with the rules that match it (`bits`) and the streams that it goes to. `allocation_key` is
-- the newest decision, else the first rule, else 0.
create or replace temp table order_coding as
with
coded as (
    select
        line.*,
        coalesce(by_supplier_id.bits, getvariable('bits_of_supplier_id'))
        & coalesce(by_supplier.bits, getvariable('bits_of_supplier'))
        & coalesce(by_cost_centre.bits, getvariable('bits_of_cost_centre'))
        & coalesce(by_account.bits, getvariable('bits_of_account'))
        & coalesce(by_project.bits, getvariable('bits_of_project'))
        & coalesce(by_category.bits, getvariable('bits_of_category'))
        & coalesce(by_po.bits, getvariable('bits_of_po'))
        & coalesce(by_description.bits, getvariable('bits_of_description')) as bits
    from order_current as line
    left join value_bits as by_supplier_id
        on by_supplier_id.field = 'supplier_id' and coalesce(line.supplier_id, '') = by_supplier_id.value
    left join value_bits as by_supplier
        on by_supplier.field = 'supplier' and coalesce(line.supplier, '') = by_supplier.value
    left join value_bits as by_cost_centre
        on by_cost_centre.field = 'cost_centre' and coalesce(line.cost_centre, '') = by_cost_centre.value
    left join value_bits as by_account
        on by_account.field = 'account' and coalesce(line.account, '') = by_account.value
    left join value_bits as by_project
        on by_project.field = 'project' and coalesce(line.project, '') = by_project.value
    left join value_bits as by_category
        on by_category.field = 'category' and coalesce(line.category, '') = by_category.value
    left join value_bits as by_po
        on by_po.field = 'po' and coalesce(line.po, '') = by_po.value
    left join value_bits as by_description
        on by_description.field = 'description' and coalesce(line.description, '') = by_description.value
)

select
    coded.line_id,
    coded.po,
    coded.line,
    coded.net,
    coded.received,
    coded.status,
    coded.order_date,
    coded.cost_centre,
    coded.account,
    coded.project,
    coded.bits,
    coalesce(-by_stream.decision, lowest(of_kind('allocation', coded.bits)), 0) as allocation_key,
    of_kind('capital', coded.bits) != 0 as is_capital,
    case by_eligibility.eligibility
        when 'eligible' then null
        when 'ineligible' then by_eligibility.reason
        else ineligible.reason
    end as ineligible_reason
from coded
left join rule as ineligible on lowest(of_kind('ineligible', coded.bits)) = ineligible.number
left join decision_counting as by_stream on coded.line_id = by_stream.line_id and by_stream.aspect = 'stream'
left join decision_counting as by_eligibility
    on coded.line_id = by_eligibility.line_id and by_eligibility.aspect = 'eligibility';

-- One row: what an invoice that names an order (`po`) and one of its lines (`po_line`), or none ('': the order as a
-- whole), takes from it: the order line that it belongs to, the fields of coding on which all the lines concerned
-- agree, and their streams where they agree on them.
create or replace temp table order_named as
select
    po,
    line as po_line,
    line_id as order_line_id,
    cost_centre,
    account,
    project,
    allocation_key
from order_coding
where line is not null
union all
select
    order_coding.po,
    '' as po_line,
    case when count(*) = 1 then min(order_coding.line_id) end as order_line_id,
    case when count(distinct coalesce(cost_centre, '')) = 1 then min(cost_centre) end as cost_centre,
    case when count(distinct coalesce(account, '')) = 1 then min(account) end as account,
    case when count(distinct coalesce(project, '')) = 1 then min(project) end as project,
    case
        when count(distinct allocation_key.signature) = 1
            then arg_min(order_coding.allocation_key, order_coding.line_id)
        else 0
    end as allocation_key
from order_coding
inner join allocation_key on order_coding.allocation_key = allocation_key.allocation_key
group by order_coding.po;

-- One row: an invoice line matched to its order and coded; `bits` are the rules that match it. `order_line_id` is the
-- order line that it belongs to; `pooled_po` the order of several lines that it names without saying which.
-- `counts_on` is the accounting date that counts. `ineligible_key` says why it is not eligible (`ineligible_reason`),
-- null where it is; `ineligible_amount` is the part that a decision makes ineligible, in pounds, null for all.
create or replace temp table invoice_coding as
with
coded as (
    select
        line.line_id,
        line.accounting_date,
        line.paid_date,
        line.net,
        line.vat,
        line.po,
        order_named.order_line_id,
        order_named.po is not null as order_known,
        order_named.allocation_key as order_allocation_key,
        coalesce(by_supplier_id.bits, getvariable('bits_of_supplier_id'))
        & coalesce(by_supplier.bits, getvariable('bits_of_supplier'))
        & coalesce(by_cost_centre.bits, getvariable('bits_of_cost_centre'))
        & coalesce(by_account.bits, getvariable('bits_of_account'))
        & coalesce(by_project.bits, getvariable('bits_of_project'))
        & coalesce(by_category.bits, getvariable('bits_of_category'))
        & coalesce(by_po.bits, getvariable('bits_of_po'))
        & coalesce(by_description.bits, getvariable('bits_of_description')) as bits
    from invoice_current as line
    left join order_named on line.po = order_named.po and coalesce(line.po_line, '') = order_named.po_line
    left join value_bits as by_supplier_id
        on by_supplier_id.field = 'supplier_id' and coalesce(line.supplier_id, '') = by_supplier_id.value
    left join value_bits as by_supplier
        on by_supplier.field = 'supplier' and coalesce(line.supplier, '') = by_supplier.value
    left join value_bits as by_cost_centre
        on
            by_cost_centre.field = 'cost_centre'
            and coalesce(line.cost_centre, order_named.cost_centre, '') = by_cost_centre.value
    left join value_bits as by_account
        on by_account.field = 'account' and coalesce(line.account, order_named.account, '') = by_account.value
    left join value_bits as by_project
        on by_project.field = 'project' and coalesce(line.project, order_named.project, '') = by_project.value
    left join value_bits as by_category
        on by_category.field = 'category' and coalesce(line.category, '') = by_category.value
    left join value_bits as by_po
        on by_po.field = 'po' and coalesce(line.po, '') = by_po.value
    left join value_bits as by_description
        on by_description.field = 'description' and coalesce(line.description, '') = by_description.value
)

select
    coded.line_id,
    coded.paid_date,
    coded.net,
    coded.bits,
    coded.order_line_id,
    case when coded.order_known and coded.order_line_id is null then coded.po end as pooled_po,
    coalesce(by_date.accounting_date, coded.accounting_date) as counts_on,
    cast(
        coded.net
        + case
            when coalesce(vat_rule.reason = 'irrecoverable', getvariable('vat_is_cost')) then coded.vat
            else 0
        end
        as decimal(18, 2)
    ) as cost,
    cast(
        coalesce(-by_stream.decision, lowest(of_kind('allocation', coded.bits)), coded.order_allocation_key, 0)
        as integer
    ) as allocation_key,
    of_kind('capital', coded.bits) != 0 as is_capital,
    cast(
        case
            when
                coalesce(by_date.accounting_date, coded.accounting_date)
                not between getvariable('award_starts') and getvariable('award_ends')
                then 0
            when by_eligibility.eligibility = 'eligible' then null
            when by_eligibility.eligibility is not null then -by_eligibility.decision
            else lowest(of_kind('ineligible', coded.bits))
        end
        as integer
    ) as ineligible_key,
    by_eligibility.ineligible_amount
from coded
left join rule as vat_rule on lowest(of_kind('vat', coded.bits)) = vat_rule.number
left join decision_counting as by_stream on coded.line_id = by_stream.line_id and by_stream.aspect = 'stream'
left join decision_counting as by_eligibility
    on coded.line_id = by_eligibility.line_id and by_eligibility.aspect = 'eligibility'
left join decision_counting as by_date on coded.line_id = by_date.line_id and by_date.aspect = 'date';
