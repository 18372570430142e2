"""Commands of the grant manager about the outturn: forecasts, and what is planned and not yet ordered."""

from __future__ import annotations

import contextlib
import datetime
import re
from typing import TYPE_CHECKING, Annotated, Any

import typer

from grantkit import console
from grantkit.cli.asked import AsAt, AsJson, amount, asked, day
from grantkit.cli.budgets import Kind
from grantkit.errors import RequestError
from grantkit.money import show

if TYPE_CHECKING:
    from grantkit.position import PlannedSpend
    from grantkit.reporting.forecasts import ForecastReport


def add_commands(app: typer.Typer) -> None:
    """Add these commands to the application."""
    forecasts = typer.Typer(help="What the award will come to, and what is planned.", rich_markup_mode=None)
    forecasts.command("show")(forecast_show)
    forecasts.command("add")(forecast_add)
    forecasts.command("list")(forecast_list)
    forecasts.command("drop")(forecast_drop)
    app.add_typer(forecasts, name="forecast")


def forecast_show(context: typer.Context, as_at: AsAt = None, as_json: AsJson = False) -> None:
    """The outturn by work stream: by the method in force, its range, and when the money is gone."""
    from grantkit.reporting.forecasts import forecasts

    with asked(context).ledger() as (_, settings, ledger):
        found = forecasts(ledger, settings, day(as_at, "--as-at"))
    if as_json:
        console.print_json(found.as_json())
        return
    shown = ("budget", "eligible", "forecast", "low", "high", "left")
    listing = console.Listing(
        [console.Column("work stream"), console.Column("method")]
        + [console.Column(name, figures=True) for name in shown]
        + [console.Column("runs out")],
        title=f"forecast at {found.position.as_at}, pounds",
    )
    rows = (*found.streams, found.unallocated, found.total)
    for row in rows:
        if row is found.total:
            listing.rule()
        standing = row.standing
        amounts = (
            *(standing.budget, standing.eligible, standing.forecast),
            *(row.low, row.high, standing.full_year_variance),
        )
        listing.add(
            *(standing.code, row.method or ""),
            *(console.whole(each) for each in amounts),
            f"{row.runs_out:%Y-%m}" if row.runs_out and row is not found.unallocated else "",
            emphasise=row is found.total,
        )
    console.print_listing(listing)
    _show_months(found)


def _show_months(found: ForecastReport) -> None:
    listing = console.Listing(
        [console.Column("month")]
        + [console.Column(name, figures=True) for name in ("spent", "to come", "in all so far")]
        + [console.Column("of the budget")]
    )
    budget, so_far = found.total.standing.budget, found.total.standing.budget * 0
    for month in found.total.months:
        so_far += month.amount
        amounts = (month.actual, month.to_come, so_far)
        listing.add(
            f"{month.month:%Y-%m}", *(console.whole(each) for each in amounts), console.bar(so_far, budget)
        )
    console.print_text()
    console.print_listing(listing)


def forecast_add(
    context: typer.Context,
    stream: Annotated[str, typer.Argument(metavar="STREAM", help="The work stream.")],
    pounds: Annotated[str, typer.Argument(metavar="AMOUNT", help="How much, in pounds.")],
    kind: Annotated[Kind, typer.Option(help="The kind of money.")],
    month: Annotated[str, typer.Option(metavar="MONTH", help="When it is expected: 2025-01.")],
    reason: Annotated[str, typer.Option(metavar="TEXT", help="What is planned.")],
    as_json: AsJson = False,
) -> None:
    """Enter spend that is planned and not yet ordered."""
    from grantkit.deciding.plans import add_plan

    with (
        asked(context).ledger(write=True, record_only=True) as (_, settings, ledger),
        ledger.transaction(),
    ):
        plan = add_plan(ledger, settings, stream, amount(pounds, "AMOUNT"), kind.value, _month(month), reason)
    if as_json:
        console.print_json(_plan_json(plan, at=None))
    else:
        console.note(
            f"planned spend {plan.plan}: {console.pounds(plan.amount)} of {plan.kind} in {plan.work_stream},"
            f" {plan.month:%Y-%m}"
        )


def _month(text: str) -> datetime.date:
    with contextlib.suppress(ValueError):
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}", text):
            return datetime.date.fromisoformat(f"{text}-01")
    raise RequestError(f"--month is no month: {text}", hint="write it as 2025-01")


def forecast_list(context: typer.Context, as_at: AsAt = None, as_json: AsJson = False) -> None:
    """What is planned and not yet ordered; what lies in a month that is over counts no more."""
    from grantkit.position import default_as_at, planned_spend

    with asked(context).ledger() as (_, settings, ledger):
        at = day(as_at, "--as-at") or default_as_at(ledger, settings.award)
        found = planned_spend(ledger)
    if as_json:
        console.print_json({"as_at": at.isoformat(), "planned": [_plan_json(plan, at) for plan in found]})
        return
    listing = console.Listing(
        [
            *(console.Column("number", figures=True), console.Column("work stream"), console.Column("kind")),
            *(console.Column("month"), console.Column("amount", figures=True)),
            *(console.Column("counts"), console.Column("what", wraps=True), console.Column("entered by")),
        ],
        title=f"planned and not yet ordered, at {at}, pounds",
    )
    for plan in found:
        listing.add(
            *(str(plan.plan), plan.work_stream, plan.kind, f"{plan.month:%Y-%m}"),
            console.pounds(plan.amount),
            *("yes" if plan.counts_at(at) else "lapsed", plan.reason, plan.user_name),
        )
    console.print_listing(listing)


def _plan_json(plan: PlannedSpend, at: datetime.date | None) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "plan": plan.plan,
        "work_stream": plan.work_stream,
        "kind": plan.kind,
        "month": f"{plan.month:%Y-%m}",
        "amount": show(plan.amount),
        "reason": plan.reason,
        "user": plan.user_name,
    }
    return shown if at is None else {**shown, "counts": plan.counts_at(at)}


def forecast_drop(
    context: typer.Context,
    number: Annotated[int, typer.Argument(metavar="NUMBER", help="As forecast list gives it.")],
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Ordered by now, or given up.")],
) -> None:
    """Take planned spend back: it is ordered by now, or given up. Its record stays."""
    from grantkit.deciding.plans import drop_plan

    with asked(context).ledger(write=True, record_only=True) as (_, _settings, ledger), ledger.transaction():
        plan = drop_plan(ledger, number, reason)
    console.note(f"planned spend {plan.plan} of {plan.work_stream} is dropped")
