"""Commands about profiles: which there are, what one says, whether it fits a file, and one from a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from grantkit import console
from grantkit.cli.asked import AsJson, Asked, asked
from grantkit.errors import Place, RequestError

if TYPE_CHECKING:
    from grantkit.importing.profile_files import Checked

#: Rejects that a check shows.
SHOWN = 10

File = Annotated[
    Path, typer.Argument(metavar="FILE", readable=False, help="An export of the finance system.")
]
Kind = Annotated[str, typer.Option(help="orders or invoices; by default as the profile or the file shows.")]
Sheet = Annotated[str | None, typer.Option(metavar="NAME", help="The sheet of a workbook.")]


def add_commands(app: typer.Typer) -> None:
    """Add these commands to the application."""
    group = typer.Typer(help="Layouts of ledgers: which column is which.", rich_markup_mode=None)
    group.command("list")(list_)
    group.command("show")(show)
    group.command("check")(check)
    group.command("detect")(detect)
    app.add_typer(group, name="profile")


def _folder(ask: Asked) -> Path | None:
    """The workspace's folder; None where there is no workspace and none was named."""
    try:
        return ask.workspace().folder
    except RequestError:
        if ask.folder is not None:
            raise
        return None


def list_(context: typer.Context, as_json: AsJson = False) -> int:
    """The profiles that ship, and the workspace's own."""
    from grantkit.importing.profile_files import all_profiles

    found = all_profiles(_folder(asked(context)))
    if as_json:
        console.print_json({"profiles": [each.as_json() for each in found]})
        return console.DONE
    listing = console.Listing(
        [
            console.Column("profile"),
            console.Column("kind"),
            console.Column("about", wraps=True),
            console.Column("where", wraps=True),
        ]
    )
    for each in found:
        about = each.about if each.problem is None else f"cannot be used: {each.problem}"
        listing.add(each.name, each.kind or "", about, each.where)
    console.print_listing(listing)
    return console.DONE


def show(
    context: typer.Context, name: Annotated[str, typer.Argument(metavar="NAME", help="The profile.")]
) -> None:
    """Print a profile's TOML as it is."""
    from grantkit.importing.profile_files import text_of

    console.print_text(text_of(name, _folder(asked(context)) or Path()).rstrip("\n"))


def check(
    context: typer.Context,
    profile: Annotated[str, typer.Argument(metavar="PROFILE", help="The profile's name or file.")],
    file: File,
    kind: Kind = "",
    sheet: Sheet = None,
    as_json: AsJson = False,
) -> int:
    """Hold a profile against a file: which columns it finds, how the rows read. Nothing is taken in."""
    from grantkit.importing.profile_files import check_profile
    from grantkit.importing.profiles import find_profile

    layout = find_profile(profile, _folder(asked(context)) or Path())
    checked = check_profile(layout, file, _kind(kind), sheet)
    if as_json:
        console.print_json(checked.as_json())
    else:
        _show_checked(checked)
    return console.DONE if checked.fits else console.ATTENTION


def _kind(text: str) -> str | None:
    if text not in {"", "orders", "invoices"}:
        raise RequestError(
            f"--kind is {text}", hint="say what the ledger holds: --kind orders or --kind invoices"
        )
    return text or None


def _show_checked(checked: Checked) -> None:
    listing = console.Listing(
        [console.Column("field"), console.Column("in the file", wraps=True), console.Column("", wraps=True)],
        title=f"{checked.table.source.path.name}: header in row {checked.table.header_row}",
    )
    for column in checked.columns:
        constant = checked.profile.constants.get(column.field)
        note = "" if column.found else f"the profile has: {', '.join(column.headers)}"
        if constant is not None:
            note = f"{note}; {constant} where it is blank".removeprefix("; ")
        listing.add(column.field, column.found or "(not there)", note)
    for name, text in checked.profile.constants.items():
        if name not in {column.field for column in checked.columns}:
            listing.add(name, "(a constant)", text)
    console.print_listing(listing)
    if checked.not_read:
        console.note(f"not read: {', '.join(checked.not_read)}")
    if checked.missing:
        console.warn(f"needed and not there: {', '.join(checked.missing)}")
    if checked.problem is not None:
        console.warn(f"no row can be read: {checked.problem}")
    if checked.result is not None:
        _show_rows(checked)


def _show_rows(checked: Checked) -> None:
    result = checked.result
    assert result is not None
    rows = result.rows
    good = rows["read"] - rows["rejected"] - rows["ignored"]
    console.print_text(
        f"{console.counted(rows['read'], 'row')}: {good:,} can be taken in, net"
        f" {console.pounds(result.net['accepted'])}; ignored {rows['ignored']:,}; refused {rows['rejected']:,}"
    )
    for reject in result.rejects[:SHOWN]:
        column = f", column {reject.column}" if reject.column else ""
        value = f": {' '.join(reject.value.split())}" if reject.value else ""
        console.note(f"row {reject.row}{column}{value}: {reject.message}")
    if len(result.rejects) > SHOWN:
        console.note(f"and {len(result.rejects) - SHOWN:,} more")
    for each in result.ignored:
        if each.disagrees:
            console.warn(
                f"row {each.row}: the total there is {console.pounds(each.net)}, and the lines above it come to"
                f" {console.pounds(each.expected)}"
            )


def detect(
    context: typer.Context,
    file: File,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="PATH", help="Where to write it; - prints it; by default the workspace's profiles."
        ),
    ] = None,
    name: Annotated[
        str | None, typer.Option(metavar="NAME", help="The profile's name; by default the file's.")
    ] = None,
    kind: Kind = "",
    sheet: Sheet = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a profile that is there.")] = False,
) -> int:
    """Write what a file's layout is recognised as, with the reasons, as a profile to be kept and corrected."""
    from grantkit.importing.profile_files import detect_profile

    ask = asked(context)
    if out is not None and name is not None:
        raise RequestError("--out says the file already", hint="leave out --out or --name")
    folder = _folder(ask) if out is not None else ask.workspace().folder
    target = None if str(out) == "-" else _target(folder, out, name, file)
    if target is not None and target.exists() and not force:
        raise RequestError(
            "this profile is there already",
            where=Place(str(target)),
            hint="--force writes over it, --name NAME beside it",
        )
    found = detect_profile(file, folder, kind=_kind(kind), sheet=sheet)
    if target is None:
        console.print_text(found.text.rstrip("\n"))
    else:
        _write(target, found.text)
        console.note(f"wrote {_shown(target)}")
    if found.missing:
        console.warn(f"not known: {', '.join(found.missing)}")
        console.note("hint: complete the lines marked with needed, then: grantkit profile check PROFILE FILE")
        return console.ATTENTION
    if target is not None:
        console.note(f"next: look through it, then: grantkit import {file} --profile {target.stem}")
    return console.DONE


def _target(folder: Path | None, out: Path | None, name: str | None, file: Path) -> Path:
    if out is not None:
        return out
    assert folder is not None
    plain = (name or file.stem).removesuffix(".toml")
    if not plain or plain.startswith(".") or any(sign in plain for sign in "/\\"):
        raise RequestError(f"--name is {plain!r}", hint="give a plain name, as in --name payables")
    return folder / "profiles" / f"{plain}.toml"


def _shown(target: Path) -> Path:
    here = Path.cwd()
    return target.relative_to(here) if target.is_relative_to(here) else target


def _write(target: Path, text: str) -> None:
    from grantkit.workspace import unwritable

    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8", newline="\n")
    except OSError as problem:
        raise unwritable(problem, target) from problem
