"""The funder's own form: mapped once, then filled from a claim as that is kept.

A template is a form and the mapping beside it (``NAME.xlsx`` and ``NAME.toml``), in the workspace's ``templates/`` or
shipped with grantkit. What may not go wrong unseen is an error or has to be forced: people sign the form.
"""

from __future__ import annotations

import contextlib
import hashlib
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from grantkit.claiming.figures import figures_of, known_figures, lines_of, meant
from grantkit.claiming.mappings import Mapping, Proposal, RowsTable, as_toml, raise_all, read_mapping
from grantkit.claiming.notes import notes_of
from grantkit.claiming.proposals import propose
from grantkit.claiming.returns import shown_path
from grantkit.errors import GrantkitError, Place, RequestError, SettingsError, UnreadableError
from grantkit.money import show
from grantkit.shipped import shipped
from grantkit.workbook.form import Form, FormCell
from grantkit.workbook.form_inputs import SheetReading, inputs_of
from grantkit.workbook.saving import save_content
from grantkit.workspace import Workspace, replacing

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from grantkit.claiming.claims import Claim
    from grantkit.claiming.figures import Figures
    from grantkit.store import Ledger
    from grantkit.workbook.cells import Value

#: What somebody should know of a form that another one has taken the place of.
CHANGED = "the form is not the one that was mapped; the labels beside its mapped cells are the same"
#: Of a workbook, and of one with macros.
SUFFIXES = (".xlsx", ".xlsm")


@dataclass(frozen=True)
class FormTemplate:
    """A form with its mapping; ``shown`` is how their folder is told to a person."""

    name: str
    folder: Path
    shown: str

    @property
    def mapping_path(self) -> Path:
        """The mapping's file."""
        return self.folder / f"{self.name}.toml"

    @property
    def form_path(self) -> Path:
        """The form's file: a workbook, or one with macros."""
        found = [self.folder / f"{self.name}{suffix}" for suffix in SUFFIXES]
        return next((path for path in found if path.is_file()), found[0])

    @property
    def mapping_shown(self) -> str:
        """The mapping's file, as it is told."""
        return f"{self.shown}{self.name}.toml"

    @property
    def sha256(self) -> str:
        """The hash over the form and its mapping. Raises UnreadableError where one of them cannot be read."""
        try:
            both = self.form_path.read_bytes() + self.mapping_path.read_bytes()
        except OSError as problem:
            raise UnreadableError(
                f"the template cannot be read: {problem.strerror or problem}",
                where=Place(f"{self.shown}{self.name}"),
                hint="put its form and its mapping back, or map the form anew: grantkit template map FILE.xlsx",
            ) from problem
        return hashlib.sha256(both).hexdigest()

    def mapping(self) -> Mapping:
        """The mapping. Raises SettingsError with every mistake in it, UnreadableError where it cannot be read."""
        return read_mapping(self.mapping_path, self.mapping_shown)


# --- which there are --------------------------------------------------------------------------------------------


def all_templates(workspace: Workspace) -> list[FormTemplate]:
    """The workspace's own templates, and those shipped that have no namesake among them."""
    found: dict[str, FormTemplate] = {}
    for folder, shown in (
        (workspace.folder / "templates", "templates/"),
        (shipped("report_templates"), "(shipped) "),
    ):
        for path in sorted(folder.glob("*.toml")):
            found.setdefault(path.stem, FormTemplate(path.stem, folder, shown))
    return list(found.values())


def find_template(workspace: Workspace, name: str) -> FormTemplate:
    """The template of this name. Raises RequestError where there is none."""
    templates = {template.name: template for template in all_templates(workspace)}
    if name not in templates:
        raise RequestError(
            f"there is no template {name}",
            hint=f"templates here: {', '.join(templates)}; a form becomes one with: grantkit template map FILE.xlsx",
        )
    return templates[name]


# --- mapping a form ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Mapped:
    """What came of mapping a form: where it is kept, and what is proposed for its inputs."""

    template: FormTemplate
    form: Form
    proposals: list[Proposal]
    tables: list[RowsTable]


def map_form(workspace: Workspace, path: Path, name: str, *, force: bool) -> Mapped:
    """Read a form, propose what goes into its inputs, and keep both in the workspace as a template.

    Where a template is mapped anew, what an officer gave a label stays with that label.
    Raises RequestError where there is a template of that name already (unless ``force``) or the form has no inputs,
    UnreadableError where the form cannot be read or the workspace not be written.
    """
    template = FormTemplate(name, workspace.folder / "templates", "templates/")
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise RequestError(
            "this is no workbook that can be filled", where=Place(str(path)), hint="save it in Excel as .xlsx"
        )
    if not force and (template.mapping_path.exists() or template.form_path.exists()):
        raise RequestError(
            f"there is a template {name} already",
            where=Place(template.mapping_shown),
            hint="--force maps the form anew and writes over it, --name NAME keeps this one beside it",
        )
    form = Form(path)
    inputs = inputs_of(form)
    if not inputs:
        raise RequestError(
            "no blank cell beside a label was found",
            where=Place(str(path)),
            hint="take the blank form, not a filled one; and a hidden sheet is not looked at",
        )
    streams = {stream.code: stream.name for stream in workspace.settings.work_streams}
    proposals, tables = propose(inputs, streams)
    proposals = _as_before(template, proposals)
    labels = {str(each.place): each.label for each in inputs}
    mapping = Mapping(name, form_sha256=form.sha256, tables=tuple(tables), labels=labels)
    _keep(template, suffix, form.content, as_toml(mapping, proposals))
    return Mapped(template, form, proposals, tables)


def _as_before(template: FormTemplate, proposals: list[Proposal]) -> list[Proposal]:
    """The proposals, with the figures that the template's mapping so far has for the same labels."""
    if not template.mapping_path.is_file():
        return proposals
    with contextlib.suppress(GrantkitError):
        old = template.mapping()
        kept = {old.labels[cell]: figure for cell, figure in old.cells.items() if cell in old.labels}
        labels = [*old.labels.values()]
        return [
            replace(each, figure=kept[each.label], sure=True)
            if each.label in kept and labels.count(each.label) == 1
            else each
            for each in proposals
        ]
    return proposals


def _keep(template: FormTemplate, suffix: str, content: bytes, text: str) -> None:
    save_content(content, template.folder / f"{template.name}{suffix}")
    for other in SUFFIXES:
        if other != suffix:  # the form that this one takes the place of
            (template.folder / f"{template.name}{other}").unlink(missing_ok=True)
    with replacing(template.mapping_path) as target:
        target.write(text)


# --- filling one ------------------------------------------------------------------------------------------------


class Filling:
    """A form being filled from a claim: the values of its cells, and what speaks against them."""

    def __init__(self, template: FormTemplate, codes: Sequence[str]) -> None:
        """Open the form and its mapping, for work streams of these codes. Raises as reading them does."""
        self.template, self.codes = template, codes
        self.mapping = template.mapping()
        self.form = Form(template.form_path, f"{template.shown}{template.form_path.name}")
        self.values: dict[FormCell, Value] = {}
        self.mistakes: list[SettingsError] = []
        self.doubts = [f"the form would keep {words}" for words in self.form.stale]
        self._readings: dict[str, SheetReading] = {}

    def wrong(self, what: str, hint: str) -> None:
        """Note a mistake in the mapping, or between it and the form."""
        self.mistakes.append(SettingsError(what, where=Place(self.template.mapping_shown), hint=hint))

    @cached_property
    def changed(self) -> bool:
        """Whether the form is another one than was mapped."""
        return self.mapping.form_sha256 not in (None, "", self.form.sha256)

    def check(self) -> None:
        """Raises SettingsError with every mapped cell that the form lacks, or that is not what it was."""
        known = known_figures(self.codes)
        for reference, figure in self.mapping.cells.items():
            if figure not in known:
                self.wrong(f"{reference}: there is no figure {figure}", meant(figure, known))
            if self.place(reference) is not None:
                self._check_label(reference)
        for table in self.mapping.tables:
            for letters in table.columns:
                reference = f"{table.sheet}!{letters}{table.first_row}"
                if self.place(reference) is not None:
                    self._check_label(reference)
        raise_all(self.mistakes)

    def place(self, reference: str) -> FormCell | None:
        """The cell that is meant; a mistake is noted where the form has none, or a formula in it."""
        found = self.form.find(reference)
        if found is None:
            self.wrong(
                f"the form has no cell {reference}",
                f"it has the sheets {', '.join(self.form.sheets)}; correct the mapping, or map the form anew",
            )
        elif formula := self.form.formula(found):
            self.wrong(
                f"{reference} holds a formula of the form ({formula}), which is not written over",
                "take the cell out of the mapping",
            )
            return None
        return found

    def _check_label(self, reference: str) -> None:
        """A figure beside another label than it was mapped to would be a wrong figure."""
        kept, place = self.mapping.labels.get(reference), self.form.find(reference)
        if kept is None or place is None:
            return
        reading = self._readings.get(place.sheet)
        if reading is None:
            reading = self._readings[place.sheet] = SheetReading(self.form, self.form.workbook[place.sheet])
        label = reading.input_at(place.row, place.column).label
        if label.split() != kept.split():
            self.wrong(
                f'{reference} stood beside "{kept}", and the form has "{label}" there now',
                "the form has changed: map it anew (grantkit template map, --force), or correct [cells] and [labels]",
            )

    def put(self, figures: Figures, lines: list[Figures]) -> None:
        """Work out what goes into every mapped cell. Raises SettingsError where two mean the same cell."""
        self.check()
        for reference, figure in self.mapping.cells.items():
            self._put(reference, figures[figure])
        for table in self.mapping.tables:
            rows = lines if table.rows == "lines" else [_of_stream(figures, code) for code in self.codes]
            room = table.last_row - table.first_row + 1
            if len(rows) > room:
                self.wrong(
                    f"{table.sheet}, rows {table.first_row} to {table.last_row}: the form has room for"
                    f" {room} row{'s' * (room != 1)} of {table.rows}, and the claim has {len(rows)}",
                    "add rows to the form, or take the table out of the mapping: the claim's own workbook has them",
                )
                continue
            for number, row in enumerate(rows, table.first_row):
                for letters, figure in table.columns.items():
                    self._put(f"{table.sheet}!{letters}{number}", row[figure])
        raise_all(self.mistakes)

    def _put(self, reference: str, value: Value) -> None:
        place = self.place(reference)
        if place is None:
            return
        if place in self.values:
            self.wrong(f"{reference} is mapped twice, here and as {place}", "take one of the two out")
        self.values[place] = value
        choices = self.form.choices(place)
        if choices and value is not None and str(value) not in choices:
            self.doubts.append(f"{reference} takes one of {', '.join(choices)}, and {value} is none of them")

    def leaves_out(self, claim: Claim) -> Iterator[str]:
        """Sentences on the work streams of a claim for which a form that lists them has no place."""
        named = {
            figure.split(".")[1] for figure in self.mapping.cells.values() if figure.startswith("stream.")
        }
        if not named or any(table.rows == "streams" for table in self.mapping.tables):
            return
        for place, (code, figures) in enumerate(claim.work_streams, 1):
            if not {code, str(place)} & named and (figures["this_claim"] or figures["cumulative"]):
                yield f"the form has no place for {code}, of which {show(figures['this_claim'])} is claimed"

    def refuse_doubts(self, *, force: bool) -> None:
        """Raises RequestError where something speaks against the form as filled, unless it is forced."""
        if self.doubts and not force:
            raise RequestError(
                "; ".join(self.doubts),
                where=Place(f"{self.template.shown}{self.template.form_path.name}"),
                hint="correct the form or its mapping, or go on all the same with --force",
            )


def _of_stream(figures: Figures, code: str) -> Figures:
    """A stream's figures by their own names."""
    start = f"stream.{code}."
    return {name.removeprefix(start): value for name, value in figures.items() if name.startswith(start)}


# --- the form of a claim ----------------------------------------------------------------------------------------


def with_form(
    ledger: Ledger, workspace: Workspace, claim: Claim, target: Path, template: str | None, *, force: bool
) -> Claim:
    """Fill a template from a claim that is being prepared, beside its workbook ``target``; none where none is named.

    Raises RequestError where there is no such template or something speaks against it (unless ``force``),
    SettingsError where its mapping does not fit, UnreadableError where a file cannot be read or written.
    """
    if template is None:
        return claim
    found = find_template(workspace, template)
    path = target.with_name(f"{target.stem}-{found.name}{found.form_path.suffix}")
    workspace.check_output(path, ledger)
    return _written(ledger, workspace, claim, found, path, force=force)


def with_submitted_form(ledger: Ledger, workspace: Workspace, claim: Claim) -> Claim:
    """Fill the form of a claim anew as that is submitted, from the template as it was when the draft was looked at.

    Raises as ``with_form``, and RequestError where the template has changed since.
    """
    kept = claim.facts.get("form")
    if kept is None:
        return claim
    template = find_template(workspace, kept["template"])
    if template.sha256 != kept["template_sha256"]:
        raise RequestError(
            f"the template {template.name} has changed since {claim.claim} was prepared",
            where=Place(template.mapping_shown),
            hint=f"prepare it again and look at it: grantkit claim prepare {claim.claim} --template {template.name}",
        )
    path = workspace.folder / kept["workbook"]
    return _written(ledger, workspace, claim, template, path, force=kept["forced"])


def _written(
    ledger: Ledger, workspace: Workspace, claim: Claim, template: FormTemplate, path: Path, *, force: bool
) -> Claim:
    filling = Filling(template, [code for code, _ in claim.work_streams])
    notes = notes_of(ledger, claim.claim, claim.version)
    schedule = ledger.records("claiming/schedule", {"claim_id": claim.claim_id})
    filling.put(figures_of(workspace.settings, claim, notes), lines_of(claim, schedule))
    filling.doubts += filling.leaves_out(claim)
    filling.refuse_doubts(force=force)
    remarks = list(filling.doubts)
    if filling.changed:
        remarks.append(CHANGED)
    kept = {
        "template": template.name,
        "workbook": shown_path(workspace, path),
        "sha256": save_content(filling.form.filled(filling.values), path),
        "template_sha256": template.sha256,
        "forced": force,
        "remarks": remarks,
    }
    return replace(claim, facts=claim.facts | {"form": kept})


def template_of_draft(claims: list[Claim], name: str) -> tuple[str | None, bool]:
    """The template that a claim's draft was prepared with, and whether it was forced: the next preparation keeps it."""
    drafts = [claim for claim in claims if claim.claim == name and claim.status == "draft"]
    form = drafts[-1].facts.get("form") if drafts else None
    return (form["template"], form["forced"]) if form else (None, False)


def form_json(claim: Claim) -> dict[str, Any]:
    """What a claim's JSON says of its form; nothing where it has none."""
    form = claim.facts.get("form")
    return {"form": {name: form[name] for name in ("template", "workbook", "sha256")}} if form else {}
