"""The application: its commands by who uses them, and what becomes of an error."""

from __future__ import annotations

import functools
import os
import re
import threading
from pathlib import Path
from typing import Annotated

import typer

from grantkit import __version__, console
from grantkit.cli import (
    auditor,
    batches,
    budgets,
    bundle,
    checks,
    claims,
    coding,
    forecasts,
    forms,
    manager,
    measures,
    milestones,
    officer,
    profiles,
    proof,
    publication,
    rejects,
    samples,
    traces,
    variance,
    year_end,
)
from grantkit.cli.asked import Asked, no_such_option
from grantkit.errors import GrantkitError, RequestError

app = typer.Typer(
    name="grantkit",
    help="Accounting for a grant, from an invoice's cell to the claim form and back.",
    add_completion=False,
    rich_markup_mode=None,  # its boxes would be drawn into pipes too
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        console.print_text(f"grantkit {__version__}")
        raise typer.Exit


@app.callback()
def _workspace(
    context: typer.Context,
    workspace: Annotated[
        Path | None,
        typer.Option("-w", "--workspace", metavar="DIR", help="The folder that holds grant.toml."),
    ] = None,
    wait: Annotated[
        float, typer.Option(metavar="SECONDS", help="How long to wait while another process has the ledger.")
    ] = 0.0,
    _show_version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    if not 0 <= wait < threading.TIMEOUT_MAX:
        raise RequestError(f"--wait is {wait:g}", hint="give seconds, 0 or more")
    context.obj = Asked(workspace, wait)


officer.add_commands(app)
rejects.add_commands(app)
profiles.add_commands(app)
coding.add_commands(app)
manager.add_commands(app)
claims.add_commands(app)
variance.add_commands(app)
forms.add_commands(app)
budgets.add_commands(app)
forecasts.add_commands(app)
milestones.add_commands(app)
measures.add_commands(app)
year_end.add_commands(app)
batches.add_commands(app)
auditor.add_commands(app)
traces.add_commands(app)
checks.add_commands(app)
samples.add_commands(app)
proof.add_commands(app)
publication.add_commands(app)
bundle.add_commands(app)


@functools.cache
def _commands() -> typer.core.TyperGroup:
    """The commands, put together once for a process that runs several of them."""
    group = typer.main.get_command(app)
    assert isinstance(group, typer.core.TyperGroup)
    return group


def run_command(argv: list[str]) -> int:
    """Run one command; every error becomes lines on standard error and an exit code."""
    try:
        _check_clock()
        words = _negative_amounts(_workspace_first(argv))
        code = _commands().main(words, prog_name="grantkit", standalone_mode=False)
    except GrantkitError as problem:
        console.print_error(problem)
        return problem.exit_code
    except (KeyboardInterrupt, typer.Abort):
        return _interrupted()
    except typer.Exit as left:
        return int(left.exit_code)
    except typer.TyperException as problem:
        return _misused(problem)
    except Exception as problem:  # noqa: BLE001 - whatever goes wrong, a person gets words and not a traceback
        return _unforeseen(problem)
    return code if isinstance(code, int) else console.DONE


def _interrupted() -> int:
    console.note("interrupted: nothing more was changed")
    return console.INTERRUPTED


def _unforeseen(problem: Exception) -> int:
    """A fault of grantkit's own: said as one, with the traceback only for whoever asks for it."""
    if str(problem) == "Query interrupted":  # what DuckDB makes of the signal while it works
        return _interrupted()
    if os.environ.get("GRANTKIT_DEBUG"):
        raise problem
    text = str(problem).strip().splitlines()
    console.note(f"error: grantkit failed: {type(problem).__name__}: {text[0] if text else 'no message'}")
    console.note("hint: nothing is half done; please report it, with what GRANTKIT_DEBUG=1 shows")
    return console.UNREADABLE


def _check_clock() -> None:
    """A nonsensical ``GRANTKIT_NOW`` is refused before anything is opened."""
    if os.environ.get("GRANTKIT_NOW"):
        from grantkit.clock import now

        now()


def _workspace_first(argv: list[str]) -> list[str]:
    """``-w DIR`` is understood behind the command too: it is moved before it."""
    for index, word in enumerate(argv):
        if word == "--":
            break
        if word in {"-w", "--workspace"} and index + 1 < len(argv):
            return [*argv[index : index + 2], *argv[:index], *argv[index + 2 :]]
        if word.startswith("--workspace="):
            return [word, *argv[:index], *argv[index + 1 :]]
    return argv


#: Options that take no value, of the commands that take an amount.
_SWITCHES = frozenset({"--json", "--help"})


def _negative_amounts(argv: list[str]) -> list[str]:
    """A negative amount by itself is no option: it travels with a minus sign proper, which amounts may have."""
    found: list[str] = []
    for word in argv:
        before = found[-1] if found else ""
        alone = not before.startswith("--") or "=" in before or before in _SWITCHES
        found.append(f"\N{MINUS SIGN}{word[1:]}" if alone and re.fullmatch(r"-[£0-9.,]+", word) else word)
    return found


def _misused(problem: typer.TyperException) -> int:
    """A mistyped command or option, in the form of every error."""
    message = " ".join(problem.format_message().split()).rstrip(".")
    message = message.replace("Value error, ", "")  # pydantic's, inside typer's
    context = getattr(problem, "ctx", None)
    if context is not None and (stray := re.search(r"unexpected extra arguments?.*\((--[^ )]+)", message)):
        mistyped = no_such_option(context, stray[1])
        console.print_error(mistyped)
        return mistyped.exit_code
    what, _, proposed = message.partition(" (Possible options: ")
    if not proposed:
        what, _, proposed = message.partition(". Did you mean ")
    path = context.command_path if context is not None else "grantkit"
    console.note(f"error: {what[:1].lower()}{what[1:]}")
    meant = proposed.strip(" ?.)").replace("'", "")
    console.note(f"hint: did you mean {meant}?" if meant else f"hint: see {path} --help")
    return console.REFUSED
