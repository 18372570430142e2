"""Broken ledgers: a fault costs its row, or gives one message for the file; every row and penny stays accounted for.

``GRANTKIT_MUTATIONS=10000 pytest tests/test_mutations.py`` plays that many, ``GRANTKIT_MUTATIONS_FROM`` says from which
number on.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import duckdb
import mutations
import pytest
from mutations import Mutant, mutant
from product import Result, Workspace, is_refused

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.thorough

USUAL = 6
COUNT = int(os.environ.get("GRANTKIT_MUTATIONS", str(USUAL)))
FIRST = int(os.environ.get("GRANTKIT_MUTATIONS_FROM", "0"))
#: So many are taken into one ledger: enough for lines to come again and changed, few enough to stay quick.
TOGETHER = 12
SOFFICE = shutil.which("soffice")
GIGABYTE = 1_000_000_000
_SUM = """
select coalesce(sum(net), 0) from (
    select net, row_number() over (partition by line_id order by batch desc) as newest from {} as line
) where newest = 1
"""


class Player:
    """Takes broken files into one ledger, and holds what is said of each against what is in the ledger then."""

    def __init__(self, folder: Path) -> None:
        self.workspace = Workspace(folder)
        self.workspace.write("good.csv", "document,supplier,accounting_date,net\nA,Acme,2024-05-01,1.00\n")
        self.workspace.take_in("good.csv")
        self.sums = self.in_ledger()

    def in_ledger(self) -> dict[str, Any]:
        """How many batches there are, and what the lines that count come to, straight from the tables."""
        with duckdb.connect(str(self.workspace.ledger), read_only=True) as connection:
            kinds = {"invoices": "invoice_line", "orders": "order_line"}
            found = {kind: _value(connection, _SUM.format(table)) for kind, table in kinds.items()}
            return {**found, "batches": _value(connection, "select count(*) from batch")}

    def play(self, broken: Mutant) -> str:
        """Take it in; gives what is wrong with what came of that, or nothing."""
        path = self.workspace.write(broken.name, broken.data)
        done = self.workspace.run("import", path, "--kind", broken.kind, "--json")
        before, self.sums = self.sums, self.in_ledger()
        path.unlink()
        try:
            if done.code in {2, 3}:
                assert is_refused(done, done.code), "a refusal in its form"
                assert "grantkit failed" not in done.err
                assert self.sums == before, "nothing changed"
                assert not broken.unharmed, "its other rows are taken in"
            else:
                self.assert_accounted(broken, done, before)
        except AssertionError as problem:
            return f"{broken.name} ({', '.join(broken.how)}): {problem}\nexit {done.code}\n{done.out[:3000]}{done.err}"
        return ""

    def assert_accounted(self, broken: Mutant, done: Result, before: dict[str, Any]) -> None:
        """Every row is one of the five, every penny stands in the ledger, and what was not broken is unharmed."""
        assert done.code in {0, 1}
        assert "Traceback" not in done.err
        (shown,) = json.loads(done.out)["imports"]
        rows, net = shown["rows"], {name: Decimal(amount) for name, amount in shown["net"].items()}
        assert rows["read"] == sum(rows.values()) - rows["read"], "the five parts add up"
        new = net["accepted"] + net["restated"] - net["restated_from"]
        assert self.sums[broken.kind] - before[broken.kind] == new, "the ledger grew by what is said"
        assert self.sums["batches"] - before["batches"] in {0, 1}
        refused = {reject["row"] for reject in shown["rejects"]}
        assert len(refused) == rows["rejected"], "each refused row has its reasons"
        last = most_rows(broken.data)
        assert all(1 < row <= last for row in refused), (
            f"refused rows stand in the file: {sorted(refused)[-1:]}"
        )
        assert all(reject["message"] for reject in shown["rejects"])
        if broken.unharmed is not None:
            held = self.lines_of(shown["batch"], broken.kind)
            lost = {key: net for key, net in broken.unharmed.items() if held.get(key) != net}
            assert not lost, f"a fault costs its own row only, and these went too: {lost}"

    def lines_of(self, batch: int, kind: str) -> dict[tuple[str, str], Decimal]:
        table, document = ("invoice_line", "document") if kind == "invoices" else ("order_line", "po")
        with duckdb.connect(str(self.workspace.ledger), read_only=True) as connection:
            sql = f"select {document}, line, net from {table} where batch = {batch}"
            return {(document, line): net for document, line, net in connection.execute(sql).fetchall()}

    def assert_ledger_holds(self) -> None:
        """What the commands say of the whole ledger afterwards is what its tables hold."""
        for kind, relation in (("invoices", "invoice_lines"), ("orders", "order_lines")):
            (found,) = self.workspace.query(f"select coalesce(sum(net), 0.00) as net from {relation}")
            assert Decimal(found["net"]) == self.sums[kind]


def _value(connection: duckdb.DuckDBPyConnection, sql: str) -> Any:
    found = connection.execute(sql).fetchone()
    assert found is not None
    return found[0]


def most_rows(data: bytes) -> int:
    """As many rows as a file can have."""
    if data[:2] in {b"PK", b"\xd0\xcf"}:
        return 1_048_576
    return len(re.findall(rb"[\n\r]", data)) + 1


@pytest.fixture(scope="module")
def others(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Good workbooks that LibreOffice wrote; only where many are asked for, as it takes its time to start."""
    if SOFFICE is None or COUNT <= USUAL:
        return {}
    folder = tmp_path_factory.mktemp("office")
    (folder / "good.xlsx").write_bytes(mutations.saved(mutations.workbook(list(mutations.good_workbook(0)))))
    found = {}
    for ending in ("xls", "ods"):
        home = f"-env:UserInstallation={(folder / 'home').as_uri()}"
        words = [
            SOFFICE,
            home,
            "--headless",
            "--convert-to",
            ending,
            "--outdir",
            str(folder),
            str(folder / "good.xlsx"),
        ]
        subprocess.run(words, check=True, capture_output=True, timeout=180)
        found[f".{ending}"] = (folder / f"good.{ending}").read_bytes()
    return found


@pytest.mark.parametrize("start", range(FIRST, FIRST + COUNT, TOGETHER))
def test_a_broken_file_costs_its_rows_or_gives_one_message(
    tmp_path: Path, others: dict[str, bytes], start: int
) -> None:
    player = Player(tmp_path / "award")
    numbers = range(start, min(start + TOGETHER, FIRST + COUNT))
    wrong = [found for number in numbers if (found := player.play(mutant(number, others)))]
    assert not wrong, "\n\n".join(wrong)
    player.assert_ledger_holds()


# --- heavy ones -------------------------------------------------------------------------------------------------

HEAD = b"document,supplier,accounting_date,net,description\n"
ROW = b"INV-%d,Acme,2024-05-01,%d.50,text\n"
FIRST_AND_LAST = (ROW % (1, 1), ROW % (3, 3))


def sheet_with(more: bytes) -> bytes:
    """A good workbook, its sheet with more rows at its end."""
    parts = mutations.unzipped(mutations.saved(mutations.workbook(list(mutations.good_workbook(0)))))
    parts[mutations.SHEET] = parts[mutations.SHEET].replace(b"</sheetData>", more + b"</sheetData>")
    return mutations.zipped(parts)


def with_shared_texts(text: bytes) -> bytes:
    parts = mutations.unzipped(sheet_with(b""))
    mutations.with_shared_strings(parts)
    parts["xl/sharedStrings.xml"] += text
    return mutations.zipped(parts)


def inline(text: bytes) -> bytes:
    return b'<row r="90"><c r="A90" t="inlineStr"><is><t>' + text + b"</t></is></c></row>"


#: What is made, the exit code, and how many rows are taken in (None: the file is refused as a whole).
HEAVY: dict[str, tuple[Callable[[], bytes], int, int | None]] = {
    "long-cell.csv": (
        lambda: HEAD + FIRST_AND_LAST[0] + b"INV-2,Acme," + b"x" * 50_000_000 + b"\n" + FIRST_AND_LAST[1],
        1,
        2,
    ),
    "long-last-cell.csv": (lambda: HEAD + FIRST_AND_LAST[0] + b"INV-2,Acme," + b"x" * 50_000_000, 1, 1),
    "long-cell.xlsx": (lambda: sheet_with(inline(b"x" * 50_000_000)), 1, 29),
    "million-columns.csv": (lambda: HEAD[:-1] + b",c" * 1_000_000 + b"\n" + FIRST_AND_LAST[0], 3, None),
    "million-cells.csv": (
        lambda: HEAD + ROW[:-1] % (1, 1) + b",c" * 1_000_000 + b"\n" + FIRST_AND_LAST[1],
        1,
        1,
    ),
    "open-quotes.csv": (
        lambda: HEAD + b"".join(b'"' + ROW % (n, n) for n in range(50_000)) + FIRST_AND_LAST[1],
        1,
        1,
    ),
    "far-cell.xlsx": (lambda: sheet_with(b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'), 3, None),
    "farther-cell.xlsx": (lambda: sheet_with(b"<row><c  r='ZZ900000'><v>1</v></c></row>"), 3, None),
    "bomb.xlsx": (lambda: with_shared_texts(bytes(251_000_000)), 3, None),
    "bomb-of-a-cell.xlsx": (lambda: sheet_with(inline(b"x" * 70_000_000)), 3, None),
}
IN_A_PROCESS = """
import pathlib, re, sys
from grantkit.cli import main
code = main(sys.argv[1:])
# not getrusage, whose peak a new process takes over from the one that started it
peak = re.search("VmHWM:[^0-9]*([0-9]+)", pathlib.Path("/proc/self/status").read_text())
sys.stderr.write(f"\\npeak {peak[1]}\\n")
raise SystemExit(code)
"""


@pytest.mark.parametrize("name", HEAVY)
def test_a_heavy_file_stays_below_a_gigabyte(tmp_path: Path, name: str) -> None:
    make, code, accepted = HEAVY[name]
    workspace = Workspace(tmp_path / "award")
    path = workspace.write(name, make())
    words = [sys.executable, "-c", IN_A_PROCESS, "-w", str(workspace.folder), "import", str(path)]
    done = subprocess.run(
        [*words, "--kind", "invoices", "--json"], capture_output=True, text=True, timeout=120, check=False
    )
    said, _, peak = done.stderr.rpartition("\npeak ")
    assert int(peak) * 1024 < GIGABYTE
    assert done.returncode == code, said
    assert "Traceback" not in said
    if accepted is None:
        assert is_refused(Result(done.returncode, done.stdout, said), code)
    else:
        (shown,) = json.loads(done.stdout)["imports"]
        rows = shown["rows"]
        assert rows["accepted"] == accepted
        assert rows["read"] == rows["accepted"] + rows["rejected"]
