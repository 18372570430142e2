"""Commands about the funder's own forms: mapping one, which there are, whether one fits, what can go into them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from grantkit import console
from grantkit.cli.asked import AsJson, asked
from grantkit.errors import GrantkitError, RequestError

if TYPE_CHECKING:
    from grantkit.claiming.claims import Claim
    from grantkit.claiming.forms import Filling, FormTemplate, Mapped
    from grantkit.workspace import Workspace

File = Annotated[Path, typer.Argument(metavar="FILE.xlsx", help="The funder's blank form.")]
Name = Annotated[str, typer.Argument(metavar="NAME", help="The template.")]


def add_commands(app: typer.Typer) -> None:
    """Add these commands to the application."""
    group = typer.Typer(
        help="The funder's own forms: which figure of a claim goes where.", rich_markup_mode=None
    )
    group.command("map")(map_)
    group.command("list")(list_)
    group.command("show")(show)
    group.command("figures")(figures)
    app.add_typer(group, name="template")


def map_(
    context: typer.Context,
    file: File,
    name: Annotated[
        str | None, typer.Option(metavar="NAME", help="What to call it, if not as the file is called.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over the template of that name.")] = False,
    as_json: AsJson = False,
) -> int:
    """List a form's labels and empty inputs, and keep what is proposed for them as a template to be corrected."""
    from grantkit.claiming.forms import map_form

    workspace = asked(context).workspace()
    found = map_form(workspace, file, _plain(name or file.stem), force=force)
    if as_json:
        console.print_json(_mapped_json(found))
    else:
        _show_mapped(found)
    for words in found.form.stale:
        console.warn(f"a filled form would keep {words}")
    console.note(f"wrote {found.template.mapping_shown} and the form beside it")
    if not any(each.sure for each in found.proposals) and not found.tables:
        console.note(f"hint: nothing was recognised; name the figures in {found.template.mapping_shown}")
        return console.ATTENTION
    console.note(
        f"next: look through it, then: grantkit claim prepare CLAIM --template {found.template.name}"
    )
    return console.DONE


def _plain(name: str) -> str:
    plain = name.removesuffix(".toml").removesuffix(".xlsx")
    if not plain or plain.startswith(".") or any(sign in plain for sign in '/\\:*?"<>|'):
        raise RequestError(f"--name is {plain!r}", hint="give a plain name, as in --name home-office")
    return plain


def _mapped_json(found: Mapped) -> dict[str, Any]:
    return {
        "template": found.template.name,
        "form": f"{found.template.shown}{found.template.form_path.name}",
        "mapping": found.template.mapping_shown,
        "sha256": found.form.sha256,
        "inputs": [
            {"cell": each.cell, "label": each.label, "figure": each.figure, "sure": each.sure}
            for each in found.proposals
        ],
        "tables": [vars(table) for table in found.tables],
    }


def _show_mapped(found: Mapped) -> None:
    listing = console.Listing(
        [console.Column("cell"), console.Column("label", wraps=True), console.Column("figure")]
    )
    for each in found.proposals:
        unsure = f"{each.figure}?" if each.figure else ""
        listing.add(each.cell, each.label, each.figure or "" if each.sure else unsure)
    for table in found.tables:
        rows = f"{table.sheet}, rows {table.first_row} to {table.last_row}: {table.rows}"
        for letters, figure in table.columns.items():
            listing.add(f"{table.sheet}!{letters}{table.first_row}", rows, figure)
    console.print_listing(listing)


def list_(context: typer.Context, as_json: AsJson = False) -> int:
    """The workspace's own templates, and those that ship."""
    from grantkit.claiming.forms import all_templates

    workspace = asked(context).workspace()
    found = [_listed(each) for each in all_templates(workspace)]
    if as_json:
        console.print_json({"templates": found})
        return console.DONE
    listing = console.Listing(
        [
            *(console.Column("template"), console.Column("cells", figures=True)),
            *(console.Column("tables", figures=True), console.Column("about", wraps=True)),
            console.Column("where"),
        ]
    )
    for each in found:
        about = each["about"] if each["problem"] is None else f"cannot be used: {each['problem']}"
        listing.add(each["template"], str(each["cells"]), str(each["tables"]), about, each["where"])
    console.print_listing(listing)
    return console.DONE


def _listed(template: FormTemplate) -> dict[str, Any]:
    """A template in the list, also where it cannot be used."""
    listed: dict[str, Any] = {"template": template.name, "about": "", "cells": 0, "tables": 0}
    problem = None
    try:
        mapping = template.mapping()
        listed |= {"about": mapping.about, "cells": len(mapping.cells), "tables": len(mapping.tables)}
        if not template.form_path.is_file():
            problem = f"there is no {template.form_path.name} beside it"
    except GrantkitError as found:
        problem = found.what
    return listed | {"where": template.shown.strip(" ()/"), "problem": problem}


def show(context: typer.Context, name: Name, as_json: AsJson = False) -> int:
    """What of a claim goes where, and whether that fits the form."""
    from grantkit.claiming.forms import CHANGED

    filling = _opened(asked(context).workspace(), name)
    mapping, form = filling.mapping, filling.form
    filling.check()
    rows = [(cell, mapping.labels.get(cell, ""), figure) for cell, figure in mapping.cells.items()]
    for table in mapping.tables:
        span = f"rows {table.first_row} to {table.last_row}: {table.rows}"
        rows += [(f"{table.sheet}!{letters}", span, figure) for letters, figure in table.columns.items()]
    if as_json:
        cells = [{"cell": cell, "label": label, "figure": figure} for cell, label, figure in rows]
        shown = {"template": name, "about": mapping.about, "sha256": form.sha256, "changed": filling.changed}
        console.print_json(shown | {"cells": cells})
        return console.DONE
    listing = console.Listing(
        [console.Column("cell"), console.Column("label", wraps=True), console.Column("figure")],
        title=mapping.about or None,
    )
    for row in rows:
        listing.add(*row)
    console.print_listing(listing)
    for doubt in filling.doubts:
        console.warn(doubt)
    if filling.changed:
        console.warn(CHANGED)
    return console.DONE


def _opened(workspace: Workspace, name: str) -> Filling:
    from grantkit.claiming.forms import Filling, find_template

    codes = [stream.code for stream in workspace.settings.work_streams]
    return Filling(find_template(workspace, name), codes)


def figures(context: typer.Context, as_json: AsJson = False) -> int:
    """Every figure that can go into a form's cell, by the name that a mapping gives it."""
    from grantkit.claiming.figures import known_figures
    from grantkit.claiming.mappings import ROWS

    streams = asked(context).workspace().settings.work_streams
    cells = known_figures(stream.code for stream in streams)
    if as_json:
        console.print_json({"cells": cells, "tables": {rows: list(names) for rows, names in ROWS.items()}})
        return console.DONE
    for name in cells:
        console.print_text(name)
    for rows, names in ROWS.items():
        console.note(f"in a table of {rows}: {', '.join(names)}")
    return console.DONE


def say_what_form_was_filled(claim: Claim) -> None:
    """Name a claim's form, and what somebody should know before they send it."""
    form = claim.facts.get("form")
    if not form:
        return
    console.note(
        f"wrote {form['workbook']}, the form {form['template']} filled in: its formulas are worked out when a"
        " spreadsheet opens it"
    )
    for remark in form["remarks"]:
        console.warn(remark)
