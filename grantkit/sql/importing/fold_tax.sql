-- Tax that stands in rows of its own goes into the VAT of its document's lines, shared in proportion to their net: by
-- largest remainder, ties to the earlier row. Tax whose document has no other line in the file stays a line, with
-- nothing net.

-- One row: a good row that is tax.
create or replace temp table tax_row as
select
    staged.row,
    coalesce(staged.supplier_id, staged.supplier) as who,
    staged.document,
    staged.net
from staged
inner join source_text on staged.row = source_text.row
where staged.faults is null and list_contains(getvariable('tax_types'), upper(text_of(source_text.line_type_cell)));

-- One row: a good row that is a line of a document with tax, and its share of that in pence.
create or replace temp table tax_share as
with
tax as (
    select
        who,
        document,
        cast(sum(net) * 100 as hugeint) as pence
    from tax_row
    where document is not null
    group by who, document
),

lines as (
    select
        staged.row,
        tax.who,
        tax.document,
        abs(tax.pence) as pence,
        sign(tax.pence) as direction,
        abs(cast(staged.net * 100 as hugeint)) as weight,
        sum(abs(cast(staged.net * 100 as hugeint))) over (partition by tax.who, tax.document) as whole,
        row_number() over (partition by tax.who, tax.document order by staged.row) as place
    from staged
    inner join tax
        on coalesce(staged.supplier_id, staged.supplier) = tax.who and staged.document = tax.document
    where staged.faults is null and staged.row not in (select tax_row.row from tax_row)
),

whole_pence as (
    select
        *,
        case when whole = 0 then 0 else cast(pence * weight // whole as hugeint) end as floor_pence,
        case when whole = 0 then 0 else cast(pence * weight % whole as hugeint) end as remainder
    from lines
),

left_over as (
    select
        *,
        pence - sum(floor_pence) over (partition by who, document) as missing_pence,
        row_number() over (partition by who, document order by remainder desc, place) as turn
    from whole_pence
)

select
    row,
    who,
    document,
    cast(
        direction * (
            floor_pence
            + case
                when whole = 0 then case when place = 1 then pence else 0 end
                when turn <= missing_pence then 1
                else 0
            end
        ) as decimal(18, 2)
    ) / 100 as vat
from left_over;

insert into ignored
select
    tax_row.row,
    'tax, in the VAT of its document' as reason,
    tax_row.net,
    tax_row.net as expected
from tax_row
where exists (
    select 1 from tax_share
    where tax_share.who = tax_row.who and tax_share.document = tax_row.document
);

update staged
set
    vat = cast(staged.vat + tax_share.vat as decimal(18, 2)),
    gross = cast(staged.gross + tax_share.vat as decimal(18, 2))
from tax_share
where staged.row = tax_share.row;

update staged
set net = 0, vat = cast(net + vat as decimal(18, 2))
where row in (select tax_row.row from tax_row);

delete from staged
where row in (select ignored.row from ignored);
