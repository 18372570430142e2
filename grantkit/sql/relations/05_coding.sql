-- Which rules match which line. Patterns are tried once against each distinct value of a field; a line then takes
-- the rules that all of its fields leave standing, as bits in the order of the rules (at most 126 of them).

-- One row: a rule, as the one bit that stands for it.
create or replace temp table rule_bit as
select
    number,
    kind,
    cast(1 as hugeint) << (number - 1) as bits
from rule;

-- One row: a field, with the rules that do not name it.
create or replace temp table field_bits as
select
    field.field,
    coalesce(bit_or(rule_bit.bits) filter (where rule_pattern.number is null), 0) as bits
from (
    select
        unnest([
            'supplier_id', 'supplier', 'cost_centre', 'account', 'project', 'category', 'po', 'description'
        ]) as field
) as field
left join rule_bit on true
left join (select distinct number, field from rule_pattern) as rule_pattern
    on field.field = rule_pattern.field and rule_bit.number = rule_pattern.number
group by field.field;

set variable field_bits = (select map_from_entries(list({'key': field, 'value': bits})) from field_bits);

set variable kind_bits = (
    select map_from_entries(list({'key': kind, 'value': bits}))
    from (
        select
            kind.kind,
            coalesce(bit_or(rule_bit.bits), 0) as bits
        from (select unnest(['allocation', 'ineligible', 'capital', 'no_order_needed']) as kind) as kind
        left join rule_bit on kind.kind = rule_bit.kind
        group by kind.kind
    )
);

set variable all_bits = (select coalesce(bit_or(bits), 0) from rule_bit);

create or replace temp macro of_kind(wanted, bits) as bits & getvariable('kind_bits')[wanted];

-- The number of the lowest of these bits, counted from 1; null where there is none.
create or replace temp macro lowest(bits) as case when bits = 0 then null else bit_count((bits & -bits) - 1) + 1 end;

create or replace temp macro rules_name(field) as list_contains(getvariable('rule_fields'), field);

-- One row: a value of a field that rules name, with the rules that it leaves standing.
create or replace temp table value_bits as
with
line as (
    select
        supplier_id,
        supplier,
        cost_centre,
        account,
        project,
        category,
        po,
        description
    from invoice_current
    union all
    select
        supplier_id,
        supplier,
        cost_centre,
        account,
        project,
        category,
        po,
        description
    from order_current
),

value as (
    select distinct 'supplier_id' as field, coalesce(supplier_id, '') as value from line where rules_name('supplier_id')
    union all
    select distinct 'supplier' as field, coalesce(supplier, '') as value from line where rules_name('supplier')
    union all
    select distinct 'cost_centre' as field, coalesce(cost_centre, '') as value from line where rules_name('cost_centre')
    union all
    select distinct 'account' as field, coalesce(account, '') as value from line where rules_name('account')
    union all
    select distinct 'project' as field, coalesce(project, '') as value from line where rules_name('project')
    union all
    select distinct 'category' as field, coalesce(category, '') as value from line where rules_name('category')
    union all
    select distinct 'po' as field, coalesce(po, '') as value from line where rules_name('po')
    union all
    select distinct 'description' as field, coalesce(description, '') as value from line where rules_name('description')
)

select
    value.field,
    value.value,
    bit_or(rule_bit.bits) | any_value(field_bits.bits) as bits
from value
inner join rule_pattern on value.field = rule_pattern.field
inner join rule_bit on rule_pattern.number = rule_bit.number
inner join field_bits on value.field = field_bits.field
where lower(value.value) like rule_pattern.pattern escape '\'
group by value.field, value.value;

-- The rules that one field of a line leaves standing: those of its value, else those that do not name the field.
create or replace temp macro left_standing(field, value_bits) as
case
    when rules_name(field) then coalesce(value_bits, getvariable('field_bits')[field])
    else getvariable('all_bits')
end;

-- One row: an order line, with the rules that match its own coding.
create or replace temp table order_rule as
select
    line.line_id,
    left_standing('supplier_id', by_supplier_id.bits)
    & left_standing('supplier', by_supplier.bits)
    & left_standing('cost_centre', by_cost_centre.bits)
    & left_standing('account', by_account.bits)
    & left_standing('project', by_project.bits)
    & left_standing('category', by_category.bits)
    & left_standing('po', by_po.bits)
    & left_standing('description', by_description.bits) as bits
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
    on by_description.field = 'description' and coalesce(line.description, '') = by_description.value;

-- One row: an order line with the rules that match it and the streams that it goes to. `allocation_key` is the
-- newest decision, else the first rule, else 0.
create or replace temp table order_coding as
select
    line.line_id,
    line.po,
    line.line,
    line.net,
    line.received,
    line.status,
    line.order_date,
    line.cost_centre,
    line.account,
    line.project,
    coalesce(-by_stream.decision, lowest(of_kind('allocation', order_rule.bits)), 0) as allocation_key,
    of_kind('capital', order_rule.bits) != 0 as is_capital,
    case by_eligibility.eligibility
        when 'eligible' then null
        when 'ineligible' then by_eligibility.reason
        else ineligible.reason
    end as ineligible_reason
from order_current as line
inner join order_rule on line.line_id = order_rule.line_id
left join rule as ineligible on lowest(of_kind('ineligible', order_rule.bits)) = ineligible.number
left join decision_counting as by_stream on line.line_id = by_stream.line_id and by_stream.aspect = 'stream'
left join decision_counting as by_eligibility
    on line.line_id = by_eligibility.line_id and by_eligibility.aspect = 'eligibility';

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

-- One row: an invoice line matched to its order and coded. `order_line_id` is the order line that it belongs to;
-- `pooled_po` the order of several lines that it names without saying which. `counts_on` is the accounting date that
-- counts. `ineligible_key` says why it is not eligible (`ineligible_reason`), null where it is; `ineligible_amount`
-- is the part that a decision makes ineligible, in pounds, null for all.
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
        left_standing('supplier_id', by_supplier_id.bits)
        & left_standing('supplier', by_supplier.bits)
        & left_standing('cost_centre', by_cost_centre.bits)
        & left_standing('account', by_account.bits)
        & left_standing('project', by_project.bits)
        & left_standing('category', by_category.bits)
        & left_standing('po', by_po.bits)
        & left_standing('description', by_description.bits) as bits
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
    coded.order_line_id,
    case when coded.order_known and coded.order_line_id is null then coded.po end as pooled_po,
    coalesce(by_date.accounting_date, coded.accounting_date) as counts_on,
    cast(coded.net + case when getvariable('vat_is_cost') then coded.vat else 0 end as decimal(18, 2)) as cost,
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
left join decision_counting as by_stream on coded.line_id = by_stream.line_id and by_stream.aspect = 'stream'
left join decision_counting as by_eligibility
    on coded.line_id = by_eligibility.line_id and by_eligibility.aspect = 'eligibility'
left join decision_counting as by_date on coded.line_id = by_date.line_id and by_date.aspect = 'date';
