"""Commands of the grant manager about claims, from draft to settled."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from grantkit import console
from grantkit.cli.asked import AsJson, amount, asked, required_day
from grantkit.cli.forms import say_what_form_was_filled
from grantkit.errors import RequestError
from grantkit.money import show

if TYPE_CHECKING:
    from grantkit.claiming.claims import Claim
    from grantkit.settings import Settings
    from grantkit.store import Ledger
    from grantkit.workspace import Workspace

ClaimName = Annotated[str, typer.Argument(metavar="CLAIM", help="Q1, Q2, … or FINAL.")]


def add_commands(app: typer.Typer) -> None:
    """Add these commands to the application."""
    claims = typer.Typer(help="Claims, from draft to settled.", rich_markup_mode=None)
    claims.command("prepare")(claim_prepare)
    claims.command("show")(claim_show)
    claims.command("list")(claim_list)
    claims.command("submit")(claim_submit)
    claims.command("settle")(claim_settle)
    claims.command("withdraw")(claim_withdraw)
    claims.command("diff")(claim_diff)
    claims.command("note")(claim_note)
    app.add_typer(claims, name="claim")


def claim_prepare(
    context: typer.Context,
    claim: ClaimName,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE.xlsx", help="Where the workbook goes, if not under claims/.")
    ] = None,
    template: Annotated[
        str | None, typer.Option(metavar="NAME", help="Fill the funder's form too: grantkit template list.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Fill the form whatever speaks against it.")] = False,
    as_json: AsJson = False,
) -> None:
    """Work a claim out from the ledger and write its workbook, as a draft."""
    from grantkit.claiming.notes import unexplained
    from grantkit.claiming.preparing import prepare

    with asked(context).ledger(write=True) as (workspace, _settings, ledger), ledger.transaction():
        found = prepare(ledger, workspace, claim, out, template, force=force)
        missing = unexplained(ledger, found)
    _show_claim(found, as_json=as_json)
    _ask_for_explanations(missing, found)
    console.note(f"wrote {found.workbook} as a draft")
    say_what_form_was_filled(found)
    console.note(f"next: look at it, then grantkit claim submit {found.claim}")


def claim_show(context: typer.Context, claim: ClaimName, as_json: AsJson = False) -> None:
    """A claim as it was prepared, or submitted."""
    from grantkit.claiming import claims
    from grantkit.claiming.shortfalls import shortfalls

    with asked(context).ledger(record_only=True) as (_, _settings, ledger):
        found = claims.find_claim(ledger, claim)
        outstanding = shortfalls(ledger)
    _show_claim(found, as_json=as_json)
    _remind(outstanding, found.claim)


def claim_list(context: typer.Context, as_json: AsJson = False) -> None:
    """All claims, withdrawn ones included."""
    from grantkit.claiming import claims
    from grantkit.claiming.shortfalls import shortfalls

    with asked(context).ledger(record_only=True) as (_, _settings, ledger):
        found = claims.all_claims(ledger)
        outstanding = shortfalls(ledger)
    _remind(outstanding, *outstanding)
    if as_json:
        console.print_json({"claims": [_claim_in_list(claim) for claim in found]})
        return
    amounts = ("this_claim", "disallowed", "received", "outstanding")
    listing = console.Listing(
        [console.Column(name) for name in ("claim", "version", "status", "from", "to")]
        + [console.Column(name.replace("_", " "), figures=True) for name in amounts]
    )
    for claim in found:
        listing.add(
            *(claim.claim, str(claim.version), claim.status, str(claim.starts), str(claim.ends)),
            *(console.pounds(amount) for amount in _sums(claim)),
        )
    console.print_listing(listing)


def _remind(outstanding: dict[str, str], *claims: str) -> None:
    """Tell what is outstanding of these claims."""
    for claim in claims:
        if claim in outstanding:
            console.note(f"note: {outstanding[claim]}")


def _sums(claim: Claim) -> tuple[Decimal, Decimal, Decimal, Decimal]:
    return claim.total["this_claim"], claim.disallowed, claim.received, claim.outstanding


def _claim_in_list(claim: Claim) -> dict[str, Any]:
    amounts = ("this_claim", "disallowed", "received", "outstanding")
    return {
        "claim": claim.claim,
        "version": claim.version,
        "status": claim.status,
        "from": claim.starts.isoformat(),
        "to": claim.ends.isoformat(),
        **{name: show(amount) for name, amount in zip(amounts, _sums(claim), strict=True)},
    }


def claim_submit(
    context: typer.Context,
    claim: ClaimName,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    approved_by: Annotated[
        str | None, typer.Option(metavar="NAME", help="Who agreed to it; the cover names them.")
    ] = None,
    override: Annotated[
        str | None,
        typer.Option(metavar="REASON", help="Submit in spite of open findings; the workbook says why."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Freeze a claim as it goes to the funder; from then on nothing changes it."""
    from grantkit.claiming import claims, submitting
    from grantkit.claiming.notes import unexplained

    with asked(context).ledger(write=True) as (workspace, settings, ledger):
        draft = claims.find_claim(ledger, claim)
        submitting.check_submittable(draft)
        submitting.check_two_people(settings, draft)
        anew = submitting.changed_since(ledger, settings, draft)
        if anew is not None:
            console.warn(
                f"the ledger has changed since {draft.claim} was prepared: prepared now it would come to"
                f" {console.pounds(anew)}"
            )
        _name_what_is_submitted(draft)
        _ask_for_explanations(unexplained(ledger, draft), draft)
        in_spite = _name_findings(ledger, settings, workspace, draft, override)
        if not yes and not console.confirm(f"submit {draft.claim}?"):
            raise RequestError("not submitted", hint="answer y, or give --yes")
        with ledger.transaction():
            found = submitting.submit(ledger, workspace, draft, approved_by, in_spite)
    _show_claim(found, as_json=as_json)
    console.note(f"wrote {found.workbook} as submitted, SHA-256 {found.sha256}")
    say_what_form_was_filled(found)


def _name_what_is_submitted(draft: Claim) -> None:
    """The totals and what is left out, before anybody says yes."""
    total = draft.total
    parts = ", ".join(
        f"{name.replace('_', ' ')} {console.pounds(total[name])}"
        for name in ("resource", "capital", "late", "adjustments", "accruals", "claimed_before", "cumulative")
        if total[name]
    )
    told = f" ({parts})" if parts else ""
    console.note(f"{draft.claim}, version {draft.version}: {console.pounds(total['this_claim'])}{told}")
    for sentence in draft.facts.get("left_out", ()):
        console.note(f"note: {sentence}")


def _name_findings(
    ledger: Ledger, settings: Settings, workspace: Workspace, draft: Claim, override: str | None
) -> str | None:
    """Name the open findings on a claim's lines; gives the sentence for its workbook where they are overridden.

    Raises RequestError where the settings refuse such a claim and nobody says why it goes all the same.
    """
    from grantkit.auditing.claim_findings import findings_on_claim, reaches, told

    found = findings_on_claim(ledger, settings, workspace.folder, draft.claim_id)
    if found:
        console.note(f"note: open findings on lines of this claim: {told(found)}; grantkit check lists them")
    least = settings.refuse_open_findings
    grave = [each for each in found if least and reaches(each.check.severity, least)]
    if not grave:
        return None
    if not (override or "").strip():
        raise RequestError(
            f"{draft.claim} has open findings: {told(grave)} ([claim] refuse_open_findings = {least})",
            hint="settle them (grantkit check settle), or say why it goes all the same: --override REASON",
        )
    return f"submitted in spite of open findings, {told(grave)}: {override}"


def _ask_for_explanations(streams: list[str], claim: Claim) -> None:
    if streams:
        console.note(
            f"note: the variance of {', '.join(streams)} has to be explained: grantkit claim note {claim.claim}"
            f' {streams[0]} "why", and prepare it again'
        )


def claim_settle(
    context: typer.Context,
    claim: ClaimName,
    date: Annotated[str, typer.Option(metavar="DATE", help="The day of the funder's answer.")],
    received: Annotated[str | None, typer.Option(metavar="AMOUNT", help="What the funder paid.")] = None,
    disallow: Annotated[
        list[str] | None, typer.Option(metavar="LINE=AMOUNT", help="What of a line the funder does not pay.")
    ] = None,
    reason: Annotated[str | None, typer.Option(metavar="TEXT", help="Why something is disallowed.")] = None,
    as_json: AsJson = False,
) -> None:
    """Record what the funder paid of a submitted claim, and what it disallowed."""
    from grantkit.claiming import settling
    from grantkit.claiming.shortfalls import shortfalls

    answer = settling.Settlement(
        dated=required_day(date, "--date"),
        received=None if received is None else amount(received, "--received"),
        disallowed=[_disallowed(text) for text in disallow or ()],
        reason=reason,
    )
    with asked(context).ledger(write=True, record_only=True) as (_, _settings, ledger), ledger.transaction():
        found = settling.settle(ledger, claim, answer)
        outstanding = shortfalls(ledger)
    _show_claim(found, as_json=as_json)
    _remind(outstanding, found.claim)


def _disallowed(text: str) -> tuple[int, Decimal]:
    line, sign, pounds = text.partition("=")
    if not sign or not line.strip().isdigit():
        raise RequestError(
            f"--disallow is no line and amount: {text}",
            hint="write the line's number and the pounds: 57=120.00",
        )
    return int(line), amount(pounds, "--disallow")


def claim_withdraw(
    context: typer.Context,
    claim: ClaimName,
    reason: Annotated[str | None, typer.Option(metavar="TEXT", help="Why it is taken back.")] = None,
    as_json: AsJson = False,
) -> None:
    """Take a draft or a submitted claim back; its record and its workbook stay."""
    from grantkit.claiming import settling

    with asked(context).ledger(write=True, record_only=True) as (_, _settings, ledger), ledger.transaction():
        found = settling.withdraw(ledger, claim, reason)
    _show_claim(found, as_json=as_json)


def claim_note(
    context: typer.Context,
    claim: ClaimName,
    stream: Annotated[str, typer.Argument(metavar="STREAM", help="The work stream that it is about.")],
    text: Annotated[str, typer.Argument(metavar="TEXT", help="Why its figures are what they are.")],
) -> None:
    """Explain a work stream's figures in a claim that is a draft."""
    from grantkit.claiming import claims, notes

    with asked(context).ledger(write=True, record_only=True) as (_, settings, ledger):
        found = claims.find_claim(ledger, claim)
        with ledger.transaction():
            notes.add_note(ledger, settings, found, stream, text)
        missing = notes.unexplained(ledger, found)
    console.note(
        f"noted for {stream.upper()} in {found.claim}; it goes onto the workbook that is written next"
    )
    _ask_for_explanations(missing, found)


def claim_diff(context: typer.Context, claim: ClaimName, as_json: AsJson = False) -> None:
    """What has changed in a claim since it was prepared, or submitted: line by line, with the causes."""
    from grantkit.claiming.differences import difference

    with asked(context).ledger(write=False) as (_, settings, ledger):
        found = difference(ledger, settings, claim)
    if as_json:
        console.print_json(found.as_json())
        return
    listing = console.Listing(
        [console.Column("line", figures=True)]
        + [console.Column(name) for name in ("document", "work stream", "kind")]
        + [console.Column(name, figures=True) for name in ("before", "now", "difference")]
        + [console.Column("cause", wraps=True)],
        title=f"{found.claim.claim}, version {found.claim.version}: {found.before}, and {found.now}; pounds",
    )
    for line in found.lines:
        document = f"{line.document or ''}{'/' + line.line if line.line else ''}"
        amounts = (line.before, line.now, line.now - line.before)
        listing.add(
            *(str(line.line_id), document, line.work_stream, line.cost_type),
            *(console.pounds(amount) for amount in amounts),
            line.cause,
        )
    listing.rule()
    listing.add("", "TOTAL", "", "", "", "", console.pounds(found.total), "", emphasise=True)
    console.print_listing(listing)
    for change in found.settings:
        console.note(f"grant.toml since then: {change}")
    if not found.lines:
        console.note("no line differs")


def _show_claim(claim: Claim, *, as_json: bool) -> None:
    if as_json:
        console.print_json(claim.as_json())
        return
    shown = ("claimed_before", "resource", "capital", "this_claim", "held_back", "cumulative", "remaining")
    listing = console.Listing(
        [console.Column("work stream")]
        + [console.Column(name.replace("_", " "), figures=True) for name in shown],
        title=f"{claim.claim}, version {claim.version}, {claim.status}: {claim.starts} to {claim.ends}, pounds",
    )
    for code, figures in claim.work_streams:
        listing.add(code, *(f"{figures[name]:,.2f}" for name in shown))
    listing.rule()
    listing.add("TOTAL", *(f"{claim.total[name]:,.2f}" for name in shown), emphasise=True)
    console.print_listing(listing)
    parts = ", ".join(
        f"{name} {console.pounds(claim.total[name])}" for name in ("late", "adjustments", "accruals")
    )
    console.note(f"{console.counted(claim.lines, 'line')}; of this claim: {parts}")
    if claim.unallocated:
        console.note(f"note: {console.pounds(claim.unallocated)} has no work stream and is not claimed")
    if claim.status in {"submitted", "settled"}:
        console.note(
            f"disallowed {console.pounds(claim.disallowed)}, received {console.pounds(claim.received)},"
            f" outstanding {console.pounds(claim.outstanding)}"
        )
