"""The demonstration: a made-up year of the pilot, told through the commands that anyone would use."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

import typer

from grantkit import console
from grantkit.errors import Place, RequestError

#: The quarters' extracts and the day on which each was written.
EXTRACTS = (("q1", "2024-07-05"), ("q2", "2024-10-04"), ("q3", "2025-01-07"), ("q4", "2025-04-04"))

#: The milestones that are reached in the year, and when; the evaluation's is not.
REACHED = (
    ("Grant agreement published", "2024-05-24"),
    ("DPIA reviewed for dismounted cameras", "2024-06-20"),
    ("Community groups engaged", "2024-07-11"),
    ("Police response in place before the first deployment", "2024-06-29"),
)

#: What moves once the deployments turn out dearer than planned, and why.
VIREMENT = (
    *("budget", "move", "EVAL", "RESPONSE", "4500.00", "--kind", "resource", "--date", "2025-01-20"),
    *("--reason", "more deployments than planned; the evaluation began late"),
)
#: What the officer says of the stream that is late.
EXPLANATION = "The university is under contract only since September; its final report comes after the year."


def demo(
    folder: Annotated[Path, typer.Argument(metavar="[DIR]", help="A new folder for it.")] = Path(
        "grantkit-demo"
    ),
) -> None:
    """Show a year of the pilot in a new folder: ledgers in, position, claims, variance. All figures are made up."""
    _make_workspace(folder)
    console.print_text(f"A made-up year of the pilot, in {folder}: every name and figure in it is invented.")
    console.print_text("The Home Office's £800,000 (PCD 1663) has no published split by work stream.")
    for quarter, written in EXTRACTS:
        claim = quarter.upper()
        if quarter == EXTRACTS[-1][0]:
            _step("January: the police response costs more than planned; money is moved to it")
            _run(folder, *VIREMENT)
        _step(
            f"{claim}: the finance system's extracts come in, with what is new or has changed and nothing else;"
            " refused rows are named, and mended by the next"
        )
        for kind in ("orders", "invoices"):
            file = folder / "ledgers" / f"{kind}-2024-{quarter}.csv"
            extract = ("--kind", kind, "--extract-date", written, "--missing", "keep")
            _run(folder, "import", str(file), *extract)
        if quarter == EXTRACTS[-1][0]:
            break
        _step(f"{claim}: the claim is prepared and submitted; from here on nothing changes it")
        _run(folder, "claim", "prepare", claim, quiet=True)
        _run(folder, "claim", "submit", claim, "--yes")
    _step("Q4: the claim is prepared, as a draft; what varies is explained, and it is prepared again")
    _run(folder, "claim", "prepare", "Q4", quiet=True)
    _run(folder, "claim", "note", "Q4", "EVAL", EXPLANATION)
    _run(folder, "claim", "prepare", "Q4")
    _step(
        "The award's position at the year's end: EVAL is late, RESPONSE over its budget in spite of the virement"
    )
    _run(folder, "status")
    _show_delivery(folder)
    _step("The variance report: a workbook with charts, and a page for the board")
    _run(folder, "variance", *_out(folder, "variance.xlsx"), *_out(folder, "board.html"))
    _farewell(folder)


def _out(folder: Path, name: str) -> tuple[str, str]:
    return "--out", str(folder / name)


def _show_delivery(folder: Path) -> None:
    """What the money brought: milestones reached, and what the cameras cost for each day of use."""
    _step("The milestones beside the money: one is overdue")
    for name, reached in REACHED:
        _run(folder, "milestone", "done", name, "--date", reached, quiet=True)
    _run(folder, "milestone", "list", "--as-at", "2025-03-31")
    _step("What was counted comes in, and what a camera costs for each day of use, by type")
    _run(folder, "measure", "import", str(folder / "ledgers" / "measures-2024.csv"))
    _run(folder, "unit-costs", "--measure", "deployment-days", "--measure", "deployment-hours")


def _make_workspace(folder: Path) -> None:
    from grantkit.shipped import shipped
    from grantkit.workspace import unwritable

    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise RequestError(
            "this folder is there already, and not empty",
            where=Place(str(folder)),
            hint="name a new one: grantkit demo DIR",
        )
    samples = shipped("ledgers")
    try:
        (folder / "ledgers").mkdir(parents=True)
        shutil.copy(samples / "grant.toml", folder)
        for sample in sorted(samples.glob("*.csv")):
            shutil.copy(sample, folder / "ledgers")
        shutil.copy(samples / "README.md", folder / "ledgers")
    except OSError as problem:
        raise unwritable(problem, folder) from problem


def _step(text: str) -> None:
    console.print_text()
    console.print_text(text)


def _run(folder: Path, *words: str, quiet: bool = False) -> None:
    """Show a command and carry it out; a demonstration that breaks says so."""
    from grantkit.cli import main

    console.print_text(f"$ grantkit -w {folder} {' '.join(map(_quoted, words))}")
    with console.silenced(quiet=quiet):
        code = main(["-w", str(folder), *words])
    if code not in {console.DONE, console.ATTENTION}:
        raise typer.Exit(code)


def _quoted(word: str) -> str:
    return f'"{word}"' if " " in word else word


def _farewell(folder: Path) -> None:
    _step("Try next:")
    for command in (
        "trace Q2/RESPONSE",
        'query "select supplier, sum(net) from invoice_lines group by supplier order by 2 desc limit 5"',
        "claim submit Q4",
    ):
        console.print_text(f"  grantkit -w {folder} {command}")
    console.print_text(f"and open {folder / 'claims'} and {folder / 'variance.xlsx'} in a spreadsheet,")
    console.print_text(f"{folder / 'board.html'} in a browser.")
