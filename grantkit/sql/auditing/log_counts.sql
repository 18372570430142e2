-- One row: a kind of what commands leave behind: how many of it the audit log tells of, and how many there are.
with
told as (
    select
        command,
        count(*) as entries
    from store.audit_log
    group by command
),

counted as (
    select
        'imports' as what,
        'import' as command,
        (select count(*) from store.batch) as found
    union all
    select
        'virements' as what,
        'budget move' as command,
        (select count(*) from store.budget_move) as found
    union all
    select
        'preparations of claims' as what,
        'claim prepare' as command,
        (select count(*) from store.claim) as found
    union all
    select
        'submissions of claims' as what,
        'claim submit' as command,
        (select count(*) from store.claim_submission) as found
    union all
    select
        'withdrawals of claims' as what,
        'claim withdraw' as command,
        (select count(*) from store.claim_withdrawal) as found
    union all
    select
        'settlements' as what,
        'claim settle' as command,
        (select count(*) from store.settlement) as found
    union all
    select
        'notes to claims' as what,
        'claim note' as command,
        (select count(*) from store.claim_note) as found
    union all
    select
        'versions of the settings' as what,
        'settings' as command,
        (select count(*) from store.settings_version) as found
    union all
    select
        'samples' as what,
        'sample' as command,
        (select count(*) from store.sample) as found
    union all
    select
        'decisions about publishing' as what,
        'publish decide' as command,
        (select count(distinct decision) from store.publication_decision) as found
    union all
    select
        'planned spend' as what,
        'forecast add' as command,
        (select count(*) from store.planned_spend) as found
)

select
    counted.what,
    coalesce(told.entries, 0) as expected,
    counted.found
from counted
left join told on counted.command = told.command
order by counted.what;
