-- severity: low
-- meaning: A word in the line's description, category or supplier that often stands for what a grant does not pay: a
--     flag and no more.
-- remedy: Look at it; only a rule in [[ineligible]] or a decision makes it ineligible. Else settle the finding.
with
hint as (
    select
        listed.word,
        listed.purpose
    from (
        values
        ('lobby', 'paid-for lobbying'),
        ('public affairs', 'paid-for lobbying'),
        ('in kind', 'contribution in kind'),
        ('depreciation', 'depreciation'),
        ('impairment', 'impairment'),
        ('interest', 'interest'),
        ('lease finance', 'finance part of a lease'),
        ('gift', 'gift'),
        ('hospitality', 'entertaining'),
        ('entertain', 'entertaining'),
        ('catering', 'entertaining'),
        ('alcohol', 'alcohol'),
        ('wine', 'alcohol'),
        ('champagne', 'alcohol'),
        ('penalt', 'fine or penalty'),
        ('parking fine', 'fine or penalty'),
        ('provision for', 'provision'),
        ('contingent', 'contingent liability'),
        ('bad debt', 'bad debt'),
        ('write-off', 'bad debt'),
        ('redundanc', 'redundancy'),
        ('severance', 'redundancy'),
        ('prepay', 'payment in advance'),
        ('deposit', 'payment in advance')
    ) as listed (word, purpose)
),

said as (
    select
        line_id,
        cost,
        coalesce(supplier, supplier_id) as supplier,
        document,
        ' ' || lower(concat_ws(' ', description, category, supplier)) as words
    from checked_line
    where
        regexp_matches(
            lower(concat_ws(' ', description, category, supplier)),
            (select string_agg(hint.word, '|') from hint)
        )
)

select
    [said.line_id] as lines,
    any_value(said.cost) as amount,
    any_value(said.supplier) || ', ' || coalesce(any_value(said.document), 'no document') || ': perhaps '
    || string_agg(distinct hint.purpose, ', ' order by hint.purpose) as message
from said
inner join hint on contains(said.words, ' ' || hint.word)
group by said.line_id
order by said.line_id;
