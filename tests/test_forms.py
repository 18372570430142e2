"""The funder's own form: its labels and inputs found, filled from a claim, and nothing of it lost on the way."""

from __future__ import annotations

import hashlib
import io
import re
import tomllib
import zipfile
from datetime import date
from decimal import Decimal

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.styles import Protection
from product import REPOSITORY, Workspace, is_refused, settings
from spreadsheet import converted

from grantkit.claiming.figures import AMOUNTS, AWARD, CLAIM, LINE, WORDS
from grantkit.claiming.proposals import propose
from grantkit.errors import UnreadableError
from grantkit.workbook.form import Form, FormCell
from grantkit.workbook.form_inputs import inputs_of

pytestmark = pytest.mark.thorough

STREAMS = {"EXISTING": ("30000.00", "70000.00"), "EVAL": ("5000.00", "0.00")}
RULES = """
[[allocation]]
work_stream = "EXISTING"
cost_centre = ["CC10*"]
[[allocation]]
work_stream = "EVAL"
cost_centre = ["CC310"]
[capital]
account = ["1*"]
"""
HEADER = ("document", "line", "supplier", "accounting_date", "net", "cost_centre", "account")
LINES = (
    ("INV-501", "1", "=Acme Cameras Ltd", "2024-05-14", "6000.00", "CC101", "1100"),
    ("INV-502", "1", "Acme Cameras Ltd", "2024-06-11", "1500.10", "CC101", "4200"),
    ("77120", "1", "Northgate University", "2024-06-28", "4000.20", "CC310", "4500"),
)
PICTURE = (
    "iVBORw0KGgoAAAANSUhEUgAAAAoAAAAKCAIAAAACUFjqAAAAEklEQVR4nGNoYPiPBzGMSmNDANL6x4FLyb8AAAAAAElFTkSuQmCC"
)


@pytest.fixture(scope="module")
def pilot(tmp_path_factory):
    """A workspace with a first quarter of three lines; what changes it takes a copy."""
    found = Workspace(tmp_path_factory.mktemp("first") / "pilot", settings(STREAMS, rules=RULES))
    found.take_in(found.write_csv("invoices.csv", HEADER, LINES))
    return found


@pytest.fixture
def workspace(pilot, tmp_path):
    return pilot.copied(tmp_path / "pilot")


def saved(book, path):
    book.save(path)
    return path


def a_form(**cells):
    """A form of one sheet ``Form``, protected but for the cells whose text is blank."""
    book = Workbook()
    sheet = book.active
    sheet.title = "Form"
    for address, value in cells.items():
        sheet[address] = value or None
        sheet[address].protection = Protection(locked=bool(value))
    sheet.protection.sheet = True
    return book


def mapped(workspace, book, mapping, name="funder"):
    """A form kept as a template with a mapping written by hand."""
    content = io.BytesIO()
    book.save(content)
    workspace.write(f"templates/{name}.xlsx", content.getvalue())
    workspace.write(f"templates/{name}.toml", mapping)
    return name


def filled(workspace, name="funder", *words):
    """The form of the first quarter's claim, prepared with a template."""
    shown = workspace.json("claim", "prepare", "Q1", "--template", name, *words)
    return load_workbook(workspace.folder / shown["form"]["workbook"])


def parts(path):
    with zipfile.ZipFile(path) as package:
        return {name: package.read(name) for name in package.namelist()}


def with_parts(path, **changes):
    """Rewrite a workbook's parts, each by a function over its bytes; names that it lacks are added."""
    found = parts(path)
    for name, change in changes.items():
        found[name] = change(found.get(name, b""))
    with zipfile.ZipFile(path, "w") as package:
        for name, content in found.items():
            package.writestr(name, content)
    return path


# --- a form made by LibreOffice ---------------------------------------------------------------------------------

FODS = f"""<?xml version="1.0" encoding="UTF-8"?>
<office:document xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0"
 xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"
 xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0"
 xmlns:svg="urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0"
 xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"
 xmlns:of="urn:oasis:names:tc:opendocument:xmlns:of:1.2"
 office:version="1.3" office:mimetype="application/vnd.oasis.opendocument.spreadsheet">
<office:styles><style:style style:name="Over" style:family="table-cell">
 <style:table-cell-properties fo:background-color="#ff0000"/></style:style></office:styles>
<office:automatic-styles>
 <style:style style:name="open" style:family="table-cell">
  <style:table-cell-properties style:cell-protect="none" fo:border="0.5pt solid #000000" fo:wrap-option="wrap"/>
 </style:style>
</office:automatic-styles>
<office:body><office:spreadsheet>
<table:content-validations><table:content-validation table:name="quarters"
 table:condition="of:cell-content-is-in-list(&quot;Quarter 1&quot;;&quot;Quarter 2&quot;)" table:allow-empty-cell="true"
 table:base-cell-address="Return.B4"/></table:content-validations>
<table:table table:name="Return" table:protected="true">
 <table:shapes><draw:frame draw:name="Crest" svg:x="12cm" svg:y="0.2cm" svg:width="1cm" svg:height="1cm"><draw:image>
  <office:binary-data>{PICTURE}</office:binary-data></draw:image></draw:frame></table:shapes>
 <table:table-column table:number-columns-repeated="5"/>
 <table:table-row><table:table-cell table:number-columns-spanned="5" office:value-type="string">
  <text:p>Return of expenditure</text:p></table:table-cell><table:covered-table-cell table:number-columns-repeated="4"/>
 </table:table-row>
 <table:table-row/>
 <table:table-row><table:table-cell office:value-type="string"><text:p>Grant reference:</text:p></table:table-cell>
  <table:table-cell table:style-name="open" table:number-columns-spanned="2"/><table:covered-table-cell/>
  </table:table-row>
 <table:table-row><table:table-cell office:value-type="string"><text:p>Quarter</text:p></table:table-cell>
  <table:table-cell table:style-name="open" table:content-validation-name="quarters"/></table:table-row>
 <table:table-row/>
 <table:table-row>{{headings}}</table:table-row>
 {{streams}}
 <table:table-row><table:table-cell office:value-type="string"><text:p>Total</text:p></table:table-cell>
  <table:table-cell table:formula="of:=SUM([.B7:.B8])" office:value-type="float" office:value="0"/>
  <table:table-cell table:formula="of:=SUM([.C7:.C8])" office:value-type="float" office:value="0"/>
  <table:table-cell table:formula="of:=IF([.C9]&gt;[.B9];&quot;above budget&quot;;&quot;within budget&quot;)"
   office:value-type="string" office:string-value="within budget"/></table:table-row>
 <calcext:conditional-formats><calcext:conditional-format calcext:target-range-address="Return.C7:Return.C8">
  <calcext:condition calcext:apply-style-name="Over" calcext:value="&gt;4000" calcext:base-cell-address="Return.C7"/>
 </calcext:conditional-format></calcext:conditional-formats>
</table:table></office:spreadsheet></office:body></office:document>
"""


def fods():
    def text(words):
        return f'<table:table-cell office:value-type="string"><text:p>{words}</text:p></table:table-cell>'

    headings = "".join(
        text(words) for words in ("Work stream", "Approved budget", "Claimed this period", "Comments")
    )
    rows = [
        text(name) + '<table:table-cell table:style-name="open"/>' * 3
        for name in ("Stream EXISTING", "Evaluation")
    ]
    streams = "".join(f"<table:table-row>{row}</table:table-row>" for row in rows)
    return FODS.replace("{headings}", headings).replace("{streams}", streams)


def convert(source, folder):
    """The file as LibreOffice writes it anew, as a workbook, with every formula worked out."""
    (found,) = converted([source], folder)
    return found


@pytest.fixture(scope="module")
def libreoffice_form(tmp_path_factory):
    folder = tmp_path_factory.mktemp("form")
    (folder / "return.fods").write_text(fods(), encoding="utf-8")
    return convert(folder / "return.fods", folder)


def test_a_form_made_by_libreoffice_is_mapped_filled_and_otherwise_as_it_was(workspace, libreoffice_form):
    shown = workspace.json("template", "map", libreoffice_form)
    assert {each["cell"]: each["figure"] for each in shown["inputs"] if each["sure"]} == {
        "Return!B3": "award.reference",
        "Return!B4": "claim.quarter",
        "Return!B7": "stream.EXISTING.budget",
        "Return!C7": "stream.EXISTING.this_claim",
        "Return!D7": "stream.EXISTING.explanation",
    }
    mapping = workspace.folder / "templates" / "return.toml"
    text = mapping.read_text(encoding="utf-8")
    for column, figure in (
        ("B", "budget"),
        ("C", "this_claim"),
    ):  # what could not be known is there to be completed
        text = re.sub(
            rf'^# ("Return!{column}8" = )"…"', rf'\1"stream.EVAL.{figure}"', text, flags=re.MULTILINE
        )
    mapping.write_text(text, encoding="utf-8")
    book = filled(workspace, "return")
    changed = {
        "B3": "PCD 1663", "B4": "Quarter 1", "B7": 100000, "C7": 7500.1, "D7": None, "B8": 5000, "C8": 4000.2,
    }  # fmt: skip
    compare(load_workbook(libreoffice_form), book, {"Return": changed})
    before, after = parts(libreoffice_form), parts(workspace.folder / "claims" / "PCD-1663-Q1-return.xlsx")
    assert list(before) == list(after)
    differing = {name for name in before if before[name] != after[name]}
    assert differing == {"xl/worksheets/sheet1.xml", "xl/workbook.xml"}
    assert any(name.startswith("xl/media/") for name in after)


def compare(before, after, changed):
    """Hold every cell of two workbooks against each other: only those in ``changed`` may differ, and as it says."""
    assert before.sheetnames == after.sheetnames
    for sheet in before:
        other, news = after[sheet.title], changed.get(sheet.title, {})
        for row in sheet.iter_rows():
            for cell in row:
                found = other[cell.coordinate]
                assert found.value == news.get(cell.coordinate, cell.value), cell.coordinate
                assert found.style_id == cell.style_id, cell.coordinate
        assert other.merged_cells.ranges == sheet.merged_cells.ranges
        assert other.protection.sheet == sheet.protection.sheet
        rules = [
            [
                (str(each.sqref), [rule.formula for rule in each.rules])
                for each in those.conditional_formatting
            ]
            for those in (sheet, other)
        ]
        assert rules[0] == rules[1]
        lists = [
            [(str(rule.sqref), rule.formula1) for rule in those.data_validations.dataValidation]
            for those in (sheet, other)
        ]
        assert lists[0] == lists[1]


def test_libreoffice_works_the_forms_formulas_out_from_the_filled_figures(
    workspace, libreoffice_form, tmp_path
):
    workspace.write("templates/return.xlsx", libreoffice_form.read_bytes())
    cells = {
        "B7": "stream.1.budget", "C7": "stream.1.this_claim", "B8": "stream.2.budget", "C8": "stream.2.this_claim",
    }  # fmt: skip
    lines = [f'"Return!{address}" = "{figure}"' for address, figure in cells.items()]
    workspace.write("templates/return.toml", "\n".join(["[cells]", *lines]))
    shown = workspace.json("claim", "prepare", "Q1", "--template", "return")
    target = workspace.folder / shown["form"]["workbook"]
    assert (
        load_workbook(target, data_only=True)["Return"]["C9"].value is None
    )  # nobody reads the blank form's nought
    sheet = load_workbook(convert(target, tmp_path / "out"), data_only=True)["Return"]
    assert (sheet["B9"].value, sheet["C9"].value, sheet["D9"].value) == (105000, 11500.3, "within budget")


# --- nothing is lost --------------------------------------------------------------------------------------------

EXTENSION = (
    b'<extLst><ext uri="{78C0D931-6437-407d-A8EE-F0AAD7539E65}" '
    b'xmlns:x14="http://schemas.microsoft.com/office/spreadsheetml/2009/9/main">'
    b"<x14:conditionalFormattings/></ext></extLst></worksheet>"
)


def test_what_openpyxl_would_drop_stays_byte_for_byte(workspace):
    mapped(workspace, a_form(A1="Grant reference", B1=""), '[cells]\n"Form!B1" = "award.reference"\n')
    form = with_parts(
        workspace.folder / "templates" / "funder.xlsx",
        **{
            "xl/worksheets/sheet1.xml": lambda sheet: sheet.replace(b"</worksheet>", EXTENSION),
            "xl/drawings/drawing1.xml": lambda _: b"<xdr:wsDr xmlns:xdr='x'><xdr:sp/></xdr:wsDr>",
            "xl/ctrlProps/ctrlProp1.xml": lambda _: b"<formControlPr objectType='CheckBox'/>",
            "xl/threadedComments/threadedComment1.xml": lambda _: b"<ThreadedComments/>",
            "xl/vbaProject.bin": lambda _: b"\x00\x01macros",
            "xl/embeddings/oleObject1.bin": lambda _: b"\xd0\xcf",
            "customXml/item1.xml": lambda _: b"<item/>",
        },
    )
    assert filled(workspace)["Form"]["B1"].value == "PCD 1663"
    before, after = parts(form), parts(workspace.folder / "claims" / "PCD-1663-Q1-funder.xlsx")
    assert {name for name in before if before[name] != after[name]} == {
        "xl/worksheets/sheet1.xml",
        "xl/workbook.xml",
    }
    assert before.keys() == after.keys()
    assert after["xl/worksheets/sheet1.xml"].endswith(EXTENSION)


def test_what_would_no_longer_hold_is_named_and_has_to_be_forced(workspace):
    mapped(workspace, a_form(A1="Grant reference", B1=""), '[cells]\n"Form!B1" = "award.reference"\n')
    form = workspace.folder / "templates" / "funder.xlsx"
    signed = {"_xmlsignatures/sig1.xml": lambda _: b"<Signature/>", "xl/pivotCache/p1.xml": lambda _: b"<p/>"}
    with_parts(form, **signed)
    before = workspace.files()
    done = workspace.run("claim", "prepare", "Q1", "--template", "funder")
    assert is_refused(done)
    assert "its digital signature" in done.err
    assert "its pivot tables" in done.err
    assert "--force" in done.err
    assert workspace.files() == before
    assert (
        "warning: the form would keep its digital signature"
        in workspace.do("claim", "prepare", "Q1", "--template", "funder", "--force").err
    )
    workspace.do("claim", "submit", "Q1", "--yes")  # what was forced as a draft is not asked for again


# --- what goes into a cell --------------------------------------------------------------------------------------


def test_every_kind_of_figure_goes_into_its_cell_as_what_it_is(workspace):
    book = a_form(A1="Any", **dict.fromkeys(("B1", "B2", "B3", "B4", "B5", "B6"), ""))
    book["Form"]["B2"].number_format = "d mmmm yyyy"
    mapping = """
        [cells]
        "Form!B1" = "total.this_claim"
        "'Form'!B2" = "claim.from"
        "Form!$B$3" = "claim.to"
        "Form!B4" = "claim.submitted_on"
        "Form!B5" = "award.title"
        "Form!B6" = "claim.lines"
        "Form!Z99" = "award.funder"
    """
    workspace.write("grant.toml", settings(STREAMS, rules=RULES, title="=1+1 <b> & more"))
    mapped(workspace, book, mapping)
    sheet = filled(workspace)["Form"]
    assert Decimal(repr(sheet["B1"].value)) == Decimal("11500.3")
    assert (sheet["B2"].value.date(), sheet["B2"].number_format) == (date(2024, 4, 1), "d mmmm yyyy")
    assert (sheet["B3"].value.date(), sheet["B3"].number_format) == (date(2024, 6, 30), "d-mmm-yy")
    assert not sheet["B3"].protection.locked
    assert sheet["B4"].value is None
    assert (sheet["B5"].value, sheet["B5"].data_type, sheet["B5"].quotePrefix) == (
        "=1+1 <b> & more",
        "s",
        True,
    )
    assert sheet["B6"].value == 3
    assert sheet["Z99"].value == "Home Office"  # a cell that the form's file did not have yet


def test_a_defined_name_stands_for_its_cell_and_merged_cells_for_their_first(workspace):
    from openpyxl.workbook.defined_name import DefinedName

    book = a_form(A1="Reference", B1="", B3="")
    book["Form"].merge_cells("B1:C2")
    book.defined_names["ref"] = DefinedName("ref", attr_text="Form!$C$2")
    mapped(workspace, book, '[cells]\nref = "award.reference"\n"Form!B3" = "award.funder"\n')
    sheet = filled(workspace)["Form"]
    assert (sheet["B1"].value, sheet["B3"].value) == ("PCD 1663", "Home Office")


def test_rows_of_work_streams_and_of_lines_are_filled_in_order(workspace):
    mapping = """
        [[table]]
        sheet = "Form"
        rows = "streams"
        first_row = 2
        last_row = 4
        [table.columns]
        A = "code"
        B = "this_claim"
        [[table]]
        sheet = "Form"
        rows = "lines"
        first_row = 6
        last_row = 8
        [table.columns]
        A = "number"
        B = "supplier"
        C = "date"
        D = "amount"
        E = "cost_type"
    """
    mapped(workspace, a_form(A1="Head", A4="spare"), mapping)
    rows = [[cell.value for cell in row] for row in filled(workspace)["Form"].iter_rows(min_row=2, max_row=8)]
    assert rows[0][:2] == ["EXISTING", 7500.1]
    assert rows[1][:2] == ["EVAL", 4000.2]
    assert rows[2][:2] == ["spare", None]
    assert [(row[0], row[1], row[3], row[4]) for row in rows[4:]] == [
        (1, "=Acme Cameras Ltd", 6000, "capital"),
        (2, "Acme Cameras Ltd", 1500.1, "resource"),
        (3, "Northgate University", 4000.2, "resource"),
    ]


def test_a_sheet_written_in_unusual_xml_is_filled_all_the_same(tmp_path):
    path = saved(a_form(A1="Label", B1=""), tmp_path / "form.xlsx")
    odd = (
        b'<?xml version="1.0"?>\n<x:worksheet xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        b'<x:cols><x:col min="4" max="4" style="1"/></x:cols>'
        b"<x:sheetData><x:row><x:c><x:v>1</x:v></x:c><x:c r=\"B1\" t='str'><x:f>A1&gt;0</x:f><x:v>x</x:v></x:c></x:row>"
        b'<x:row r="3" spans="1:1"/><x:row r="5"><x:c r="C5"><x:v>3</x:v></x:c></x:row></x:sheetData></x:worksheet>'
    )
    form = Form(with_parts(path, **{"xl/worksheets/sheet1.xml": lambda _: odd}))
    places = {(1, 4): "a", (2, 1): "b", (3, 2): "c", (5, 1): "d", (5, 3): "e", (7, 1): "f"}
    content = form.filled({FormCell("Form", *at): text for at, text in places.items()})
    (tmp_path / "out.xlsx").write_bytes(content)
    sheet = load_workbook(tmp_path / "out.xlsx")["Form"]
    assert {at: sheet.cell(*at).value for at in places} == places
    assert (sheet["A1"].value, sheet["B1"].value) == (1, "=A1>0")
    xml = parts(tmp_path / "out.xlsx")["xl/worksheets/sheet1.xml"]
    assert b'<x:c r="D1" s="1" t="inlineStr">' in xml  # the style of its column
    assert b"<x:f>A1&gt;0</x:f></x:c>" in xml
    assert b'<x:row r="3"><x:c r="B3"' in xml
    assert [int(row) for row in re.findall(rb'<x:row r="(\d+)"', xml)] == [2, 3, 5, 7]


# --- the claim's record -----------------------------------------------------------------------------------------


def test_the_form_is_written_as_draft_and_anew_as_submitted_with_its_hash(workspace):
    book = a_form(A1="Status", B1="", A2="Submitted", B2="")
    mapped(workspace, book, '[cells]\n"Form!B1" = "claim.status"\n"Form!B2" = "claim.submitted_by"\n')
    draft = workspace.json("claim", "prepare", "Q1", "--template", "funder")["form"]
    path = workspace.folder / draft["workbook"]
    assert draft == {
        "template": "funder",
        "workbook": "claims/PCD-1663-Q1-funder.xlsx",
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
    }
    assert (workspace.folder / "claims" / "PCD-1663-Q1.xlsx").is_file()
    assert (
        workspace.json("claim", "prepare", "Q1")["form"] == draft
    )  # prepared again, the draft keeps its form
    submitted = workspace.json("claim", "submit", "Q1", "--yes")["form"]
    assert submitted["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest() != draft["sha256"]
    sheet = load_workbook(path)["Form"]
    assert (sheet["B1"].value, sheet["B2"].value) == ("Submitted", "finance")
    assert workspace.json("claim", "show", "Q1")["form"] == submitted
    (logged,) = workspace.query("select result from audit_log where command = 'claim submit'")
    assert submitted["sha256"] in str(logged["result"])


def test_a_claim_without_a_template_says_nothing_of_a_form(workspace):
    assert "form" not in workspace.json("claim", "prepare", "Q1")


def test_a_template_that_changes_after_the_draft_was_looked_at_is_not_submitted(workspace):
    mapping = '[cells]\n"Form!B1" = "total.this_claim"\n'
    mapped(workspace, a_form(A1="Amount claimed", B1=""), mapping)
    workspace.do("claim", "prepare", "Q1", "--template", "funder")
    workspace.write("templates/funder.toml", mapping.replace("this_claim", "cumulative"))
    done = workspace.run("claim", "submit", "Q1", "--yes")
    assert done.code == 2
    assert "the template funder has changed since Q1 was prepared" in done.err
    assert workspace.json("claim", "show", "Q1")["status"] == "draft"


# --- what is proposed -------------------------------------------------------------------------------------------


def proposed(tmp_path, book, streams=(("EXISTING", "Existing cameras"), ("EVAL", "Evaluation of impact"))):
    """Cell → figure, of what is sure."""
    inputs = inputs_of(Form(saved(book, tmp_path / "form.xlsx")))
    proposals, tables = propose(inputs, dict(streams))
    return {each.cell.removeprefix("Form!"): each.figure for each in proposals if each.sure}, tables


@pytest.mark.parametrize(
    ("label", "figure"),
    [
        ("Grant reference", "award.reference"),
        ("1.2 Grant Ref. No:", "award.reference"),
        ("Name of recipient organisation", "award.recipient"),
        ("Total claimed this period (£)", "total.this_claim"),
        ("Amount of grant claimed", "total.this_claim"),
        ("Claim period", "claim.period"),
        ("Period from", "claim.from"),
        ("Claim period end date", "claim.to"),
        ("Cummulative expenditure", "total.cumulative"),
        ("Budget", "total.budget"),
        ("Capital claimed this period", "total.capital"),
        ("Amount previously claimed", "total.claimed_before"),
        ("Balance of grant remaining", "total.remaining"),
        ("Form completed by", "claim.prepared_by"),
        ("Financial Year", "claim.financial_year"),
        ("Signature", None),
        ("Name", None),
        ("Date", None),
        ("Sort code", None),
        ("Telephone number", None),
        ("Number of officers deployed", None),
    ],
)
def test_a_label_proposes_its_figure(tmp_path, label, figure):
    beside, _ = proposed(tmp_path, a_form(A1=label, B1=""))
    assert beside == ({"B1": figure} if figure else {})
    above, _ = proposed(tmp_path, a_form(A1=label, A2=""))
    assert above == ({"A2": figure} if figure else {})


def test_rows_of_streams_and_columns_of_figures_meet(tmp_path):
    cells = {"A1": "Heading", "B1": "Agreed budget", "C1": "This claim", "D1": "Cumulative to date"}
    cells |= {"A2": "Existing Cameras", "A3": "EVAL", "A4": "Capital"}
    cells |= {f"{column}{row}": "" for column in "BCD" for row in (2, 3, 4)}
    figures = [("stream.EXISTING.", ""), ("stream.EVAL.", ""), ("total.", "capital_")]
    found, _ = proposed(tmp_path, a_form(**cells))
    assert found["B2"] == "stream.EXISTING.budget"
    assert found["D3"] == "stream.EVAL.cumulative"
    assert [found[f"B{row}"] for row in (2, 3, 4)] == [f"{start}{kind}budget" for start, kind in figures]
    assert (found["C4"], found["D4"]) == ("total.capital", "total.capital_cumulative")


def test_a_table_without_row_labels_is_one_of_streams_or_of_lines(tmp_path):
    cells = {"A1": "Expenditure heading", "B1": "Budget", "C1": "Actual this period", "D1": "Notes"}
    cells |= {"A7": "Supplier", "B7": "Invoice No.", "C7": "Amount claimed (£)", "D7": "Invoice date"}
    cells |= {f"{column}{row}": "" for column in "ABCD" for row in (2, 3, 4, 8, 9)}
    _, tables = proposed(tmp_path, a_form(**cells))
    assert [(each.rows, each.first_row, each.last_row, each.columns) for each in tables] == [
        ("streams", 2, 4, {"A": "name", "B": "budget", "C": "this_claim"}),
        ("lines", 8, 9, {"A": "supplier", "B": "document", "C": "amount", "D": "date"}),
    ]


def test_what_is_proposed_can_be_filled_without_a_correction(workspace, tmp_path):
    book = a_form(A1='Grant "reference"\n(as on the letter)', B1="", A2="Signature", B2="")
    workspace.do("template", "map", saved(book, tmp_path / "their form.xlsx"), "--name", "theirs")
    written = tomllib.loads((workspace.folder / "templates" / "theirs.toml").read_text(encoding="utf-8"))
    assert written["cells"] == {"Form!B1": "award.reference"}
    assert written["labels"] == {"Form!B1": 'Grant "reference" (as on the letter)', "Form!B2": "Signature"}
    assert filled(workspace, "theirs")["Form"]["B1"].value == "PCD 1663"


# --- forms and mappings that do not fit -------------------------------------------------------------------------


def test_a_form_that_changed_is_known_by_its_labels(workspace, tmp_path):
    form = saved(a_form(A1="Total claimed", B1="", A2="Budget", B2=""), tmp_path / "funder.xlsx")
    workspace.do("template", "map", form)
    newer = a_form(A1="Total claimed", B1="", A2="Budget", B2="", A4="New guidance")
    saved(newer, workspace.folder / "templates" / "funder.xlsx")
    assert "not the one that was mapped" in workspace.do("claim", "prepare", "Q1", "--template", "funder").err
    moved = a_form(A1="Budget", B1="", A2="Total claimed", B2="")
    saved(moved, workspace.folder / "templates" / "funder.xlsx")
    done = workspace.run("claim", "prepare", "Q1", "--template", "funder", "--force")
    assert is_refused(done)
    assert 'Form!B1 stood beside "Total claimed", and the form has "Budget" there now' in done.err
    assert 'Form!B2 stood beside "Budget"' in done.err


@pytest.mark.parametrize(
    ("mapping", "said"),
    [
        ('[cells]\n"Gone!B1" = "total.budget"', "the form has no cell Gone!B1"),
        ('[cells]\nnowhere = "total.budget"', "the form has no cell nowhere"),
        ('[cells]\n"Form!A1:B2x" = "total.budget"', "the form has no cell Form!A1:B2x"),
        ('[cells]\n"Form!C1" = "total.budget"', "Form!C1 holds a formula of the form (=B1*2)"),
        ('[cells]\n"Form!B1" = "total.bugdet"', "did you mean total.budget"),
        ('[cells]\n"Form!B1" = "stream.MOBILE.budget"', "there is no figure stream.MOBILE.budget"),
        ('[cells]\n"Form!B1" = "total.budget"\n"Form!b1" = "total.late"', "mapped twice"),
        ('[cells]\n"Form!B1" = 5', 'cells: "Form!B1" is no text'),
        ('cell = "x"', "unknown key cell"),
        ("[cells", "this is no TOML"),
        ('[[table]]\nsheet = "Form"\nrows = "streams"', "a [[table]] lacks columns"),
        (
            '[[table]]\nsheet = "Form"\nrows = "streams"\nfirst_row = 9\nlast_row = 9\ncolumns = { A = "code" }',
            "room for 1 row of streams, and the claim has 2",
        ),
        (
            '[[table]]\nsheet = "Form"\nrows = "lines"\nfirst_row = 1\nlast_row = 9\ncolumns = { C = "amount" }',
            "Form!C1 holds a formula",
        ),
        (
            '[[table]]\nsheet = "Form"\nrows = "lines"\nfirst_row = 1\nlast_row = 9\ncolumns = { A = "amont" }',
            "did you mean amount",
        ),
    ],
)
def test_a_mapping_that_does_not_fit_is_refused_and_nothing_changes(workspace, mapping, said):
    mapped(workspace, a_form(A1="Budget", B1="", C1="=B1*2"), mapping)
    before = workspace.files()
    done = workspace.run("claim", "prepare", "Q1", "--template", "funder", "--force")
    assert is_refused(done)
    assert said in done.err
    assert "templates/funder.toml" in done.err
    assert workspace.files() == before


def test_a_stream_that_the_form_has_no_place_for_has_to_be_forced(workspace):
    mapped(workspace, a_form(A1="Existing", B1=""), '[cells]\n"Form!B1" = "stream.EXISTING.this_claim"\n')
    done = workspace.run("claim", "prepare", "Q1", "--template", "funder")
    assert is_refused(done)
    assert "no place for EVAL, of which 4000.20 is claimed" in done.err
    workspace.do("claim", "prepare", "Q1", "--template", "funder", "--force")


def test_a_value_that_the_forms_own_list_does_not_have_has_to_be_forced(workspace):
    from openpyxl.worksheet.datavalidation import DataValidation

    book = a_form(A1="Quarter", B1="")
    choice = DataValidation(type="list", formula1='"First,Second"')
    choice.add("B1")
    book["Form"].add_data_validation(choice)
    mapped(workspace, book, '[cells]\n"Form!B1" = "claim.quarter"\n')
    done = workspace.run("claim", "prepare", "Q1", "--template", "funder")
    assert is_refused(done)
    assert "Form!B1 takes one of First, Second, and Quarter 1 is none of them" in done.err


@pytest.mark.parametrize("beside", ["~$form.xlsx", ".~lock.form.xlsx#"])
def test_a_form_that_is_open_elsewhere_is_not_read(tmp_path, beside):
    path = saved(a_form(A1="Label", B1=""), tmp_path / "form.xlsx")
    (tmp_path / beside).write_text("somebody")
    with pytest.raises(UnreadableError, match="it is open in"):
        Form(path)


# --- the form that ships ----------------------------------------------------------------------------------------


def test_the_modelled_form_says_what_it_is_and_adds_up(workspace, tmp_path):
    name = "modelled-home-office-return"
    shipped = load_workbook(REPOSITORY / "report_templates" / f"{name}.xlsx")
    assert all("not an official form" in sheet["A1"].value for sheet in shipped)
    shown = workspace.json("claim", "prepare", "Q1", "--template", name)
    book = load_workbook(
        convert(workspace.folder / shown["form"]["workbook"], tmp_path / "out"), data_only=True
    )
    sheet = book["Claim"]
    assert [sheet.cell(27, column).value for column in range(2, 8)] == [
        105000,
        0,
        5500.3,
        6000,
        11500.3,
        11500.3,
    ]
    assert (sheet["D33"].value, sheet["B36"].value, sheet["B37"].value) == (11500.3, 11500.3, 3)
    assert (sheet["H36"].value, sheet["H37"].value) == ("They agree", "Within the award")
    assert sheet["I7"].value in shown["claim"].replace("Q", "Quarter ")
    assert book["Declaration"]["B6"].value == 11500.3
    assert workspace.json("template", "show", name)["changed"] is False


def test_a_form_mapped_anew_keeps_what_an_officer_gave_its_labels(workspace, tmp_path):
    form = saved(a_form(A1="Instalment", B1="", A2="Budget", B2=""), tmp_path / "funder.xlsx")
    workspace.do("template", "map", form)
    mapping = workspace.folder / "templates" / "funder.toml"
    corrected = mapping.read_text(encoding="utf-8").replace('# "Form!B1" = "…"', '"Form!B1" = "claim.name"')
    mapping.write_text(corrected.replace('"total.budget"', '"total.original"'), encoding="utf-8")
    newer = saved(a_form(A2="Budget", B2="", A5="Instalment", B5="", A6="Funder", B6=""), form)
    shown = workspace.json("template", "map", newer, "--force")
    assert {each["cell"]: each["figure"] for each in shown["inputs"] if each["sure"]} == {
        "Form!B2": "total.original",
        "Form!B5": "claim.name",
        "Form!B6": "award.funder",
    }


def test_a_form_with_macros_stays_one(workspace, tmp_path):
    form = saved(a_form(A1="Funder", B1=""), tmp_path / "funder.xlsx").rename(tmp_path / "funder.xlsm")
    with_parts(form, **{"xl/vbaProject.bin": lambda _: b"macros"})
    workspace.do("template", "map", form)
    shown = workspace.json("claim", "prepare", "Q1", "--template", "funder")
    assert shown["form"]["workbook"] == "claims/PCD-1663-Q1-funder.xlsm"
    assert parts(workspace.folder / shown["form"]["workbook"])["xl/vbaProject.bin"] == b"macros"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_sheet_in_another_encoding_is_filled_or_refused(tmp_path, encoding):
    path = saved(a_form(A1="Label £", B1=""), tmp_path / "form.xlsx")
    with_parts(path, **{"xl/worksheets/sheet1.xml": lambda sheet: sheet.decode().encode(encoding)})
    form = Form(path)
    if encoding == "utf-16":
        with pytest.raises(UnreadableError, match="not written in UTF-8"):
            form.filled({FormCell("Form", 1, 2): "x"})
        return
    (tmp_path / "out.xlsx").write_bytes(form.filled({FormCell("Form", 1, 2): "£"}))
    assert load_workbook(tmp_path / "out.xlsx")["Form"]["B1"].value == "£"


def test_the_readme_lists_every_figure():
    listed = set(
        re.findall(r"`([a-z_0-9]+)`", (REPOSITORY / "report_templates" / "README.md").read_text("utf-8"))
    )
    assert {*AWARD, *CLAIM, *AMOUNTS, *WORDS, *LINE} <= listed
