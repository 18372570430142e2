-- A person's decisions: of each aspect of a line the newest counts.

-- One row: the decision that counts for one aspect (stream, eligibility, date) of one line.
create or replace temp view decision_counting as
select *
from store.decision
where decision in (select max(newest.decision) from store.decision as newest group by newest.line_id, newest.aspect);

-- One row: why something is not eligible, by its key: 0 for the award's dates, a rule by its number, a decision by
-- its number below 0.
create or replace temp view ineligible_reason as
select
    0 as ineligible_key,
    'Outside the award' as reason
union all
select
    number as ineligible_key,
    reason
from rule
where kind = 'ineligible'
union all
select
    cast(-decision as integer) as ineligible_key,
    reason
from decision_counting
where aspect = 'eligibility';

-- One row: an allocation key (a rule by its number, a decision by its number below 0, 0 for none) with the streams
-- that it shares over and their weights, in the order that it lists them; weights add up to 1,000,000. A stream
-- that the settings no longer have is no stream: its part is UNALLOCATED.
create or replace temp table allocation_key as
with
part as (
    select
        number as allocation_key,
        position,
        work_stream,
        per_cent
    from rule_share
    union all
    select
        -decision_share.decision as allocation_key,
        decision_share.position,
        decision_share.work_stream,
        decision_share.per_cent
    from store.decision_share
    where decision_share.decision in (select decision_counting.decision from decision_counting)
    union all
    select
        0 as allocation_key,
        1 as position,
        'UNALLOCATED' as work_stream,
        100 as per_cent
)

select
    part.allocation_key,
    list(coalesce(stream.work_stream, 'UNALLOCATED') order by part.position) as work_streams,
    list(cast(part.per_cent * 10000 as bigint) order by part.position) as weights,
    -- after so many pence shares repeat themselves: each stream gets a whole number of pence out of them
    1000000 // list_reduce(
        list(cast(part.per_cent * 10000 as bigint) order by part.position), lambda a, b: gcd(a, b), 1000000
    ) as period,
    string_agg(part.work_stream || '=' || part.per_cent, ',' order by part.work_stream) as signature
from part
left join stream on part.work_stream = stream.work_stream
group by part.allocation_key;

-- The shares of so many pence by weights that add up to 1,000,000: by largest remainder, equal remainders to whoever
-- is listed first (contract, section 1). Out of every million pence each gets its weight; only the rest is rounded.
create or replace temp macro share_rest(rest, weights) as
list_transform(
    weights,
    lambda w, i: rest * w // 1000000
    + case
        when
            len(list_filter(
                weights,
                lambda v, j: (rest * v) % 1000000 > (rest * w) % 1000000
                or ((rest * v) % 1000000 = (rest * w) % 1000000 and j < i)
            ))
            < rest - list_sum(list_transform(weights, lambda v: rest * v // 1000000))
            then 1
        else 0
    end
);

create or replace temp macro pence_of(amount) as cast(abs(amount) * 100 as bigint);

-- Pounds from pence, with the sign of an amount: a negative amount is shared as its positive would be.
create or replace temp macro pounds_of(pence, amount) as
cast(
    cast(case when amount < 0 then -pence else pence end as decimal(16, 0)) * cast(0.01 as decimal(2, 2))
    as decimal(18, 2)
);

create or replace temp macro shares_of(amount, weights) as
case
    when len(weights) = 1 then [amount]
    else
        list_transform(
            list_zip(weights, share_rest(pence_of(amount) % 1000000, weights)),
            lambda pair: pounds_of(pence_of(amount) // 1000000 * pair[1] + pair[2], amount)
        )
end;
