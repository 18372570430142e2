-- severity: low
-- meaning: A word in the line's description, category or supplier that often stands for what a grant does not pay: a
--     flag and no more.
-- remedy: Look at it; only a rule in [[ineligible]] or a decision makes it ineligible. Else settle the finding.

-- One element: a word (or words) with which a word of the text begins, whatever stands between them, and what for.
set variable key_words = [
    {'word': 'lobby', 'purpose': 'paid-for lobbying'},
    {'word': 'public affairs', 'purpose': 'paid-for lobbying'},
    {'word': 'in kind', 'purpose': 'contribution in kind'},
    {'word': 'depreciation', 'purpose': 'depreciation'},
    {'word': 'impairment', 'purpose': 'impairment'},
    {'word': 'interest', 'purpose': 'interest'},
    {'word': 'lease finance', 'purpose': 'finance part of a lease'},
    {'word': 'finance lease', 'purpose': 'finance part of a lease'},
    {'word': 'gift', 'purpose': 'gift'},
    {'word': 'hospitality', 'purpose': 'entertaining'},
    {'word': 'entertain', 'purpose': 'entertaining'},
    {'word': 'catering', 'purpose': 'entertaining'},
    {'word': 'alcohol', 'purpose': 'alcohol'},
    {'word': 'wine', 'purpose': 'alcohol'},
    {'word': 'champagne', 'purpose': 'alcohol'},
    {'word': 'penalt', 'purpose': 'fine or penalty'},
    {'word': 'fines', 'purpose': 'fine or penalty'},
    {'word': 'parking fine', 'purpose': 'fine or penalty'},
    {'word': 'provision for', 'purpose': 'provision'},
    {'word': 'contingent', 'purpose': 'contingent liability'},
    {'word': 'bad debt', 'purpose': 'bad debt'},
    {'word': 'write off', 'purpose': 'bad debt'},
    {'word': 'redundanc', 'purpose': 'redundancy'},
    {'word': 'severance', 'purpose': 'redundancy'},
    {'word': 'prepay', 'purpose': 'payment in advance'},
    {'word': 'deposit', 'purpose': 'payment in advance'}
];

-- the pattern has to be a constant: else it is built anew for each of a million lines
set variable key_word_pattern = (
    select '(?i)' || string_agg(replace(hint.key_word.word, ' ', '[^\pL\pN]+'), '|')
    from (select unnest(getvariable('key_words')) as key_word) as hint
);

with
hint as (
    select
        listed.key_word.word,
        listed.key_word.purpose
    from (select unnest(getvariable('key_words')) as key_word) as listed
),

said as (
    select
        line_id,
        cost,
        told,
        ' ' || regexp_replace(lower(concat_ws(' ', description, category, supplier)), '[^\pL\pN]+', ' ', 'g') as words
    from checked_line
    where regexp_matches(concat_ws(' ', description, category, supplier), getvariable('key_word_pattern'))
)

select
    [said.line_id] as lines,
    any_value(said.cost) as amount,
    any_value(said.told) || ': perhaps '
    || string_agg(distinct hint.purpose, ', ' order by hint.purpose) as message
from said
inner join hint on contains(said.words, ' ' || hint.word)
group by said.line_id
order by said.line_id;
