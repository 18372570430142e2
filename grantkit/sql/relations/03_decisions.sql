-- A person's decisions: of each aspect of a line the newest counts.

-- One row: the decision that counts for one aspect (stream, eligibility, date) of one line.
create or replace temp view decision_counting as
select *
from store.decision
where decision in (select max(newest.decision) from store.decision as newest group by newest.line_id, newest.aspect);

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

-- The shares of an amount by weights that add up to 1,000,000: to the penny, by largest remainder, equal remainders
-- to whoever is listed first, a negative amount as its positive would be (contract, section 1).
create or replace temp macro share_pence(pence, weights) as
list_transform(
    weights,
    lambda w, i: pence * w // 1000000
    + case
        when
            len(list_filter(
                weights,
                lambda v, j: (pence * v) % 1000000 > (pence * w) % 1000000
                or ((pence * v) % 1000000 = (pence * w) % 1000000 and j < i)
            ))
            < pence - list_sum(list_transform(weights, lambda v: pence * v // 1000000))
            then 1
        else 0
    end
);

create or replace temp macro pence_of(amount) as cast(abs(amount) * 100 as hugeint);

create or replace temp macro pounds_of(pence, amount) as
cast(cast(sign(amount) * pence as decimal(17, 0)) * cast(0.01 as decimal(3, 2)) as decimal(18, 2));

create or replace temp macro shares_of(amount, weights) as
case
    when len(weights) = 1 then [amount]
    else list_transform(share_pence(pence_of(amount), weights), lambda pence: pounds_of(pence, amount))
end;
