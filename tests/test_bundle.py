"""The evidence of a claim in one file: what is in it, and that its own verifier names whatever was altered."""

from __future__ import annotations

import ast
import csv
import hashlib
import io
import json
import shutil
import subprocess
import sys
import zipfile
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from product import REPOSITORY, Workspace, is_refused, settings

from grantkit.auditing import bundle_verifier

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.thorough

HEADER = "document,line,supplier,accounting_date,net,vat,cost_centre,account,description"
RULES = """
[[allocation]]
work_stream = "B"
cost_centre = "CC2"
[[allocation]]
split = { A = "60", B = "40" }
cost_centre = "CC12"
[[allocation]]
work_stream = "A"
supplier = "*"
[capital]
account = "1*"
"""
#: Q1 by hand: A 1000.00 capital and 60.01 of the split (60 % of 100.01); B 500.00 and 40.00.
FIRST = (
    'I1,1,"Acme <b>& Sons</b>",2024-05-01,1000.00,0,CC1,1000,Cameras',
    "I2,1,Bolts,2024-05-02,500.00,0,CC2,4000,Masts",
    "I3,1,Bolts,2024-06-02,100.01,0,CC12,4000,Shared",
)
#: Q2 by hand: I1 restated gives back 100.00, I4 is late (50.00), I5 is new (700.00): 650.00.
SECOND = (
    FIRST[0].replace("1000.00", "900.00"),
    "I4,1,Bolts,2024-06-30,50.00,0,CC2,4000,Late",
    "I5,1,Bolts,2024-08-01,700.00,0,CC2,4000,New",
)


@pytest.fixture(scope="module")
def award(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Two claims submitted, the first settled with a disallowance; a third is a draft."""
    award = Workspace(
        tmp_path_factory.mktemp("pilot"),
        settings({"A": ("50000.00", "50000.00"), "B": "50000.00"}, rules=RULES),
    )
    award.write("first.csv", "\n".join([HEADER, *FIRST, ""]))
    award.take_in("first.csv")
    award.do("decide", "2", "--stream", "B", "--reason", "Asked the budget holder")
    move = ("budget", "move", "A", "B", "10.00", "--kind", "resource", "--date", "2024-04-02")
    award.do(*move, "--reason", "Masts")
    award.do("claim", "prepare", "Q1")
    award.do("claim", "submit", "Q1", "--yes")
    settle = ("claim", "settle", "Q1", "--received", "1580.01", "--date", "2024-08-01")
    award.do(*settle, "--disallow", "2=20.00", "--reason", "No receipt")
    award.write("second.csv", "\n".join([HEADER, *SECOND, ""]))
    award.take_in("second.csv")
    award.do("claim", "prepare", "Q2")
    award.do("claim", "submit", "Q2", "--yes")
    award.do("claim", "prepare", "Q3")
    return award


@pytest.fixture(scope="module")
def bundles(award: Workspace) -> dict[str, Path]:
    for name in ("Q1", "Q2"):
        award.do("evidence", name, "--out", award.folder / f"{name}.zip")
    return {name: award.folder / f"{name}.zip" for name in ("Q1", "Q2")}


@pytest.fixture
def unpacked(bundles: dict[str, Path], tmp_path: Path) -> Callable[[str], Path]:
    def unpack(name: str) -> Path:
        with zipfile.ZipFile(bundles[name]) as archive:
            archive.extractall(tmp_path / name)
        return tmp_path / name

    return unpack


def verify(path: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """What the verifier says of a bundle."""
    code = bundle_verifier.main([str(path)])
    return code, capsys.readouterr().out


def rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


# --- what is in it ----------------------------------------------------------------------------------------------


def test_a_bundle_holds_all_that_stands_behind_the_claim(award: Workspace, bundles: dict[str, Path]) -> None:
    with zipfile.ZipFile(bundles["Q2"]) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    sources = {
        f"files/{hashlib.sha256((award.folder / name).read_bytes()).hexdigest()}/{name}": name
        for name in ("first.csv", "second.csv")
    }
    assert set(held) == {
        *("MANIFEST.json", "index.html", "verify.py", "claim.json", "lines.csv", "decisions.csv"),
        *("settlements.csv", "disallowances.csv", "budget_moves.csv", "grant.toml", "checks.json", "log.csv"),
        *("workbook/PCD-1663-Q2.xlsx", next(name for name in sources if name.endswith("second.csv"))),
    }
    for name, source in sources.items():
        if name in held:
            assert held[name] == (award.folder / source).read_bytes()
    assert held["workbook/PCD-1663-Q2.xlsx"] == (award.folder / "claims" / "PCD-1663-Q2.xlsx").read_bytes()
    assert held["grant.toml"] == (award.folder / "grant.toml").read_bytes()
    claim = json.loads(held["claim.json"])
    assert (claim["total"]["this_claim"], claim["total"]["cumulative"]) == ("650.00", "2230.01")
    shown = [(row["document"], row["amount"], row["kind"], row["cause"]) for row in rows(held["lines.csv"])]
    assert shown == [
        ("I1", "-100.00", "adjustment", "restated in batch 2: net from 1000.00 to 900.00"),
        ("I4", "50.00", "late", "came in after Q1 was prepared (batch 2, second.csv)"),
        ("I5", "700.00", "current", ""),
    ]
    assert rows(held["settlements.csv"]) == rows(held["disallowances.csv"]) == []


def test_a_settled_claim_has_decisions_payments_and_what_was_disallowed(bundles: dict[str, Path]) -> None:
    with zipfile.ZipFile(bundles["Q1"]) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    claim = json.loads(held["claim.json"])
    by_stream = {each["code"]: (each["resource"], each["capital"]) for each in claim["work_streams"]}
    assert by_stream == {"A": ("60.01", "1000.00"), "B": ("540.00", "0.00")}
    assert (claim["total"]["this_claim"], claim["status"]) == ("1600.01", "settled")
    assert (claim["received"], claim["disallowed"], claim["outstanding"]) == ("1580.01", "20.00", "0.00")
    (decision,) = rows(held["decisions.csv"])
    assert (decision["line_id"], decision["work_streams"]) == ("2", "B=100.0000")
    assert [row["received"] for row in rows(held["settlements.csv"])] == ["1580.01"]
    assert [(row["line_id"], row["amount"]) for row in rows(held["disallowances.csv"])] == [("2", "20.00")]
    assert [row["amount"] for row in rows(held["budget_moves.csv"])] == ["10.00"]
    checks = json.loads(held["checks.json"])
    assert checks["as_at"] == "2024-06-30"
    assert "claimed-then-changed" in {check["code"] for check in checks["checks"]}
    commands = [row["command"] for row in rows(held["log.csv"])]
    assert commands.count("claim submit") == 2


def test_the_settings_are_those_that_the_claim_rests_on(award: Workspace, tmp_path: Path) -> None:
    other = Workspace(tmp_path / "other")
    text = "\ufeff" + (award.folder / "grant.toml").read_text(encoding="utf-8")
    other.write("grant.toml", text)
    other.write("first.csv", "\n".join([HEADER, *FIRST, ""]))
    other.take_in("first.csv")
    other.do("claim", "prepare", "Q1")
    other.do("claim", "submit", "Q1", "--yes")
    other.write("grant.toml", text.replace("Stream A", "Renamed since"))
    other.do("evidence", "Q1", "--out", other.folder / "Q1.zip")
    with zipfile.ZipFile(other.folder / "Q1.zip") as archive:
        assert archive.read("grant.toml") == text.encode()
    assert bundle_verifier.main([str(other.folder / "Q1.zip")]) == 0


def test_the_funders_form_is_in_it(tmp_path: Path) -> None:
    award = Workspace(tmp_path)
    award.write("first.csv", "\n".join([HEADER, *FIRST, ""]))
    award.take_in("first.csv")
    award.do("claim", "prepare", "Q1", "--template", "modelled-home-office-return")
    form = award.json("claim", "submit", "Q1", "--yes")["form"]
    award.do("evidence", "Q1", "--out", tmp_path / "Q1.zip")
    with zipfile.ZipFile(tmp_path / "Q1.zip") as archive:
        name = next(name for name in archive.namelist() if name.startswith("form/"))
        assert archive.read(name) == (tmp_path / form["workbook"]).read_bytes()
    assert bundle_verifier.main([str(tmp_path / "Q1.zip")]) == 0


def test_accruals_come_with_the_orders_file(tmp_path: Path) -> None:
    award = Workspace(tmp_path, settings(claim_basis="accrued"))
    award.write(
        "orders.csv", "po,line,supplier,order_date,net,received\nP1,1,Acme,2024-05-01,900.00,300.00\n"
    )
    award.take_in("orders.csv", kind="orders")
    award.do("claim", "prepare", "Q1")
    award.do("claim", "submit", "Q1", "--yes")
    award.do("evidence", "Q1", "--out", tmp_path / "Q1.zip")
    with zipfile.ZipFile(tmp_path / "Q1.zip") as archive:
        (line,) = rows(archive.read("lines.csv"))
        assert any(name.endswith("/orders.csv") for name in archive.namelist())
    assert (line["document"], line["net"], line["amount"], line["kind"]) == (
        "P1",
        "900.00",
        "300.00",
        "accrual",
    )
    assert bundle_verifier.main([str(tmp_path / "Q1.zip")]) == 0


def test_what_a_claim_gives_back_of_a_line_that_is_no_more_has_no_cell_and_still_agrees(
    tmp_path: Path,
) -> None:
    award = Workspace(tmp_path)
    award.write("first.csv", "\n".join([HEADER, *FIRST, ""]))
    award.take_in("first.csv")
    award.do("claim", "prepare", "Q1")
    award.do("claim", "submit", "Q1", "--yes")
    award.write("again.csv", "\n".join([HEADER, FIRST[0], FIRST[2], ""]))
    award.run("import", tmp_path / "again.csv", "--kind", "invoices", "--missing", "withdraw")
    award.do("claim", "prepare", "Q2")
    award.do("claim", "submit", "Q2", "--yes")
    award.do("evidence", "Q2", "--out", tmp_path / "Q2.zip")
    with zipfile.ZipFile(tmp_path / "Q2.zip") as archive:
        (line,) = rows(archive.read("lines.csv"))
        assert not any(name.startswith("files/") for name in archive.namelist())
    assert (line["line_id"], line["sha256"], line["amount"]) == ("2", "", "-500.00")
    assert bundle_verifier.main([str(tmp_path / "Q2.zip")]) == 0


# --- the index --------------------------------------------------------------------------------------------------


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value or "" for name, value in attrs if name in {"href", "src"}]

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def test_the_index_leads_to_every_file_and_nowhere_else(unpacked: Callable[[str], Path]) -> None:
    folder = unpacked("Q1")
    page = _Page()
    page.feed((folder / "index.html").read_text(encoding="utf-8"))
    manifest = json.loads((folder / "MANIFEST.json").read_text())["files"]
    assert set(page.links) == set(manifest) - {"index.html"}
    assert not page.tags & {"script", "link", "img", "iframe", "b"}
    assert {sha256 for name, sha256 in manifest.items() if name != "index.html"} <= set(page.words)
    assert "1600.01" in page.words


def test_no_text_of_the_award_is_markup(award: Workspace, tmp_path: Path) -> None:
    other = Workspace(tmp_path, settings(title="<script>alert(1)</script> & more"))
    other.write("a <b>&.csv", "\n".join([HEADER, *FIRST, ""]))
    other.take_in("a <b>&.csv")
    other.do("claim", "prepare", "Q1")
    other.do("claim", "submit", "Q1", "--yes")
    other.do("evidence", "Q1", "--out", tmp_path / "Q1.zip")
    with zipfile.ZipFile(tmp_path / "Q1.zip") as archive:
        text = archive.read("index.html").decode()
        assert any(name.endswith("/a _b_&.csv") for name in archive.namelist())
    page = _Page()
    page.feed(text)
    assert not page.tags & {"script", "b"}
    assert any("<script>alert(1)</script> & more" in word for word in page.words)


# --- the verifier -----------------------------------------------------------------------------------------------


def test_the_verifier_needs_python_3_8_and_its_standard_library_only() -> None:
    text = (REPOSITORY / "grantkit" / "auditing" / "bundle_verifier.py").read_text(encoding="utf-8")
    tree = ast.parse(text, feature_version=(3, 8))
    named = {
        name.split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in (
            [node.module or ""] if isinstance(node, ast.ImportFrom) else [each.name for each in node.names]
        )
    }
    assert named <= set(sys.stdlib_module_names)


def test_an_untouched_bundle_agrees_by_itself(unpacked: Callable[[str], Path]) -> None:
    folder = unpacked("Q1")
    run = [sys.executable, "-I", "-S", folder / "verify.py"]
    done = subprocess.run(run, cwd="/", capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    said = done.stdout.splitlines()
    assert said[-2] == "everything agrees: Q1 of PCD 1663, 1600.01"
    assert said[-1].endswith(hashlib.sha256((folder / "MANIFEST.json").read_bytes()).hexdigest())


def test_it_is_told_which_manifest_was_written(award: Workspace, tmp_path: Path) -> None:
    shown = award.json("evidence", "Q2", "--out", tmp_path / "Q2.zip")
    with zipfile.ZipFile(tmp_path / "Q2.zip") as archive:
        content = archive.read("MANIFEST.json")
        assert len(archive.namelist()) == shown["files"]
    assert hashlib.sha256(content).hexdigest() == shown["manifest_sha256"]
    assert hashlib.sha256((tmp_path / "Q2.zip").read_bytes()).hexdigest() == shown["sha256"]


@pytest.mark.parametrize("how", ["changed", "gone", "empty"])
@pytest.mark.parametrize("packed", [False, True])
def test_whatever_file_is_altered_is_named(
    unpacked: Callable[[str], Path],
    bundles: dict[str, Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    how: str,
    packed: bool,
) -> None:
    folder = unpacked("Q1")
    with zipfile.ZipFile(bundles["Q1"]) as archive:
        names = archive.namelist()
    for name in names:
        path = folder / name
        kept = path.read_bytes()
        if how == "gone":
            path.unlink()
        else:
            path.write_bytes(b"" if how == "empty" else kept[:-1] + bytes([kept[-1] ^ 1]))
        given = Path(shutil.make_archive(str(tmp_path / "again"), "zip", folder)) if packed else folder
        code, said = verify(given, capsys)
        path.write_bytes(kept)
        assert code == 1, name
        wanted = "against the manifest" if name == "MANIFEST.json" else f"DIFFERS: {name}: "
        assert wanted in said, (name, said)
    assert verify(folder, capsys)[0] == 0


def forge(folder: Path, name: str, content: bytes) -> None:
    """Change a file, and the manifest too, as somebody would who wants it to go unseen."""
    (folder / name).write_bytes(content)
    manifest = json.loads((folder / "MANIFEST.json").read_text())
    manifest["files"][name] = hashlib.sha256(content).hexdigest()
    (folder / "MANIFEST.json").write_text(json.dumps(manifest, indent=2, sort_keys=True) + "\n")


@pytest.mark.parametrize(
    ("name", "before", "after", "named"),
    [
        (
            "lines.csv",
            "500.00,B,resource,current,500.00",
            "500.00,B,resource,current,501.00",
            "claim.json, B, ",
        ),
        ("lines.csv", ",current,500.00,", ",late,500.00,", "claim.json, B, late"),
        ("lines.csv", ",B,resource,current,40.00", ",C,resource,current,40.00", "C is not in the claim"),
        ("lines.csv", "\n2,first.csv,", "\n7,first.csv,", "the hash over its lines"),
        ("claim.json", '"this_claim": "540.00"', '"this_claim": "541.00"', "claim.json, B, this_claim"),
        ("claim.json", '"remaining": "', '"remaining": "1', "claim.json, A, remaining"),
        ("claim.json", '"received": "1580.01"', '"received": "1600.01"', "claim.json, received"),
        ("claim.json", '"lines": 4', '"lines": 5', "claim.json, lines"),
        ("settlements.csv", "1580.01", "1590.01", "claim.json, received"),
        ("disallowances.csv", "20.00", "10.00", "claim.json, disallowed"),
        ("log.csv", "finance", "nobody", "log.csv, entry 1"),
        ("log.csv", "1600.01", "1601.01", "log.csv, entry "),
        ("grant.toml", "Stream A", "Stream Z", "grant.toml: expected"),
    ],
)
def test_a_forgery_that_mends_the_manifest_is_named_by_what_it_no_longer_adds_up_to(
    unpacked: Callable[[str], Path],
    capsys: pytest.CaptureFixture[str],
    name: str,
    before: str,
    after: str,
    named: str,
) -> None:
    folder = unpacked("Q1")
    content = (folder / name).read_bytes()
    assert before.encode() in content
    forge(folder, name, content.replace(before.encode(), after.encode(), 1))
    code, said = verify(folder, capsys)
    assert code == 1
    assert any(line.startswith("DIFFERS: ") and named in line for line in said.splitlines()), said


def test_another_workbook_in_its_place_is_not_the_one_that_the_log_tells_of(
    unpacked: Callable[[str], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    folder = unpacked("Q1")
    claim = json.loads((folder / "claim.json").read_text(encoding="utf-8"))
    forge(folder, "workbook/PCD-1663-Q1.xlsx", b"another")
    text = (folder / "claim.json").read_text(encoding="utf-8")
    forged = text.replace(claim["workbook_sha256"], hashlib.sha256(b"another").hexdigest())
    forge(folder, "claim.json", forged.encode())
    code, said = verify(folder, capsys)
    assert code == 1
    assert [line.partition(":")[2].partition(":")[0] for line in said.splitlines() if "DIFFERS" in line] == [
        " log.csv, the claim's submission"
    ]


def test_a_file_that_does_not_belong_in_it_is_named(
    unpacked: Callable[[str], Path], bundles: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    folder = unpacked("Q1")
    (folder / "files" / "more.csv").write_text("more")
    assert "DIFFERS: files/more.csv: not in the manifest" in verify(folder, capsys)[1]
    twice = folder.parent / "twice.zip"
    shutil.copy(bundles["Q1"], twice)
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(twice, "a") as archive:
        archive.writestr("lines.csv", archive.read("lines.csv"))
    assert "DIFFERS: lines.csv: there twice" in verify(twice, capsys)[1]
    assert verify(folder / "verify.py", capsys)[0] == 1


# --- writing ----------------------------------------------------------------------------------------------------


def test_the_same_ledger_at_the_same_moment_gives_the_same_bytes(
    award: Workspace, bundles: dict[str, Path], tmp_path: Path
) -> None:
    before = award.ledger.read_bytes()
    award.do("evidence", "q1", "--out", tmp_path / "again.zip")
    assert (tmp_path / "again.zip").read_bytes() == bundles["Q1"].read_bytes()
    assert award.ledger.read_bytes() == before
    with zipfile.ZipFile(bundles["Q1"]) as archive:
        names = archive.namelist()
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert names == [*sorted(set(names) - {"index.html", "MANIFEST.json"}), "index.html", "MANIFEST.json"]


def test_only_what_went_to_the_funder_has_evidence(award: Workspace, tmp_path: Path) -> None:
    out = tmp_path / "new.zip"
    assert is_refused(award.run("evidence", "Q3", "--out", out))
    assert "claim submit Q3" in award.run("evidence", "Q3", "--out", out).err
    assert is_refused(award.run("evidence", "Q4", "--out", out))
    assert is_refused(award.run("evidence", "Q1", "--out", award.folder / "grant.toml"))
    assert is_refused(award.run("evidence", "Q1"))
    assert not out.exists()


def test_a_withdrawn_claim_has_none(tmp_path: Path) -> None:
    award = Workspace(tmp_path)
    award.write("first.csv", "\n".join([HEADER, *FIRST, ""]))
    award.take_in("first.csv")
    award.do("claim", "prepare", "Q1")
    award.do("claim", "submit", "Q1", "--yes")
    award.do("claim", "withdraw", "Q1", "--reason", "Wrong quarter")
    assert is_refused(award.run("evidence", "Q1", "--out", tmp_path / "Q1.zip"))


@pytest.mark.parametrize("what", ["workbook", "workbook gone", "source", "source gone", "source swapped"])
def test_nothing_is_written_where_a_file_is_not_the_one_that_was_kept(
    award: Workspace, tmp_path: Path, what: str
) -> None:
    copy = Workspace(tmp_path / "copy")
    shutil.rmtree(copy.folder)
    shutil.copytree(award.folder, copy.folder)
    kept = sorted(copy.evidence.glob("*.zst"))
    sha256 = hashlib.sha256((copy.folder / "first.csv").read_bytes()).hexdigest()
    source = copy.evidence / f"{sha256}.zst"
    other = next(path for path in kept if path != source)
    path = source if what.startswith("source") else copy.folder / "claims" / "PCD-1663-Q1.xlsx"
    if what.endswith("gone"):
        path.unlink()
    else:
        path.write_bytes(other.read_bytes() if what.endswith("swapped") else path.read_bytes()[:-9])
    done = copy.run("evidence", "Q1", "--out", tmp_path / "new.zip")
    assert is_refused(done, code=3), done.err
    assert list(tmp_path.glob("*new.zip*")) == []


def test_an_own_check_that_cannot_be_run_is_told_and_the_others_are_there(
    award: Workspace, tmp_path: Path
) -> None:
    copy = Workspace(tmp_path / "copy")
    shutil.rmtree(copy.folder)
    shutil.copytree(award.folder, copy.folder)
    copy.write(
        "checks/own.sql",
        "-- severity: low\nselect line_id, net as amount, document as message from invoice_lines",
    )
    copy.write("checks/broken.sql", "select 1")
    copy.do("evidence", "Q1", "--out", tmp_path / "Q1.zip")
    with zipfile.ZipFile(tmp_path / "Q1.zip") as archive:
        checks: dict[str, Any] = json.loads(archive.read("checks.json"))
    assert "own" in {check["code"] for check in checks["checks"]}
    assert ["checks/broken.sql" in told for told in checks["not_run"]] == [True]
