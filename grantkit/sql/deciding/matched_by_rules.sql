-- One row: the lines of one ledger that the same rules match (`bits`), and that stand alike otherwise: whether a person
-- decided about their stream, about their eligibility, and whether a stream takes them all the same. How many they
-- are, and the cost of invoice lines in pounds.
with
decided as (
    select
        line_id,
        bool_or(aspect = 'stream') as stream_decided,
        bool_or(aspect = 'eligibility') as eligibility_decided
    from decision_counting
    group by line_id
),

line as (
    select
        'invoice' as ledger,
        line_id,
        bits,
        allocation_key,
        cost
    from invoice_coding
    union all
    select
        'order' as ledger,
        line_id,
        bits,
        allocation_key,
        0 as cost
    from order_coding
)

select
    line.ledger,
    line.bits,
    coalesce(decided.stream_decided, false) as stream_decided,
    coalesce(decided.eligibility_decided, false) as eligibility_decided,
    not list_contains(allocation_key.work_streams, 'UNALLOCATED') as has_stream,
    count(*) as lines,
    cast(sum(line.cost) as decimal(38, 2)) as cost
from line
inner join allocation_key on line.allocation_key = allocation_key.allocation_key
left join decided on line.line_id = decided.line_id
group by all
order by all;
