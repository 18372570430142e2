"""Times grantkit against peers in the same run: python benchmarks/run.py [--lines N] [--times N] [--keep FOLDER]

Every figure is a ratio to a peer on the same machine in the same run, or stands beside the goal that it is held to.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

from make_ledgers import write

GRANTKIT = str(Path(sys.executable).parent / "grantkit")
TYPED_LOAD = """
import duckdb, pathlib, sys
dates = {"invoice_date", "accounting_date", "paid_date"}
pounds = {"net", "vat", "gross"}
names = pathlib.Path(sys.argv[1]).open().readline().strip().split(",")
types = {n: "date" if n in dates else "decimal(18, 2)" if n in pounds else "varchar" for n in names}
duckdb.connect(sys.argv[2]).execute(
    "create table invoices as"
    " select * from read_csv(?, columns = ?, header = true, auto_detect = false, delim = ',')",
    [sys.argv[1], types],
)
"""
CALAMINE = """
import python_calamine, sys
python_calamine.CalamineWorkbook.from_path(sys.argv[1]).get_sheet_by_index(0).to_python()
"""
BARE_APP = """
import typer
app = typer.Typer()
@app.command()
def one(name: str = "x") -> None: "One."
@app.command()
def two(name: str = "x") -> None: "Two."
app()
"""
SCHEDULE_LINES = 100_000
#: What is timed, its peer, the peer in words, and how many times as long it may take.
RATIOS = (
    ("import of the invoices, --kind given", "import", "load", "DuckDB's typed load into a file", 3.5),
    ("the same with recognition on", "recognised", "load", "that load", 3),
    ("the same file a second time", "again", "import", "the first import", 1),
    ("a copy of it grown by a tenth", "grown", "import", "the first import", 1),
    ("the file with blank records", "blanks", "import", "the same without", 2),
    ("the file with quotes in odd places", "quotes", "import", "the same without", 2),
    ("import of the workbook", "book", "calamine", "python-calamine reading it", 2.5),
    ("a claim's schedule of 100,000 lines", "schedule", "xlsxwriter", "XlsxWriter writing those cells", 1.6),
    ("--help", "help", "bare", "a bare Typer app", 1.5),
)


class Clock:
    """Wall and processor times in seconds and peak memory in bytes, by the name of what was run."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, list[float]] = defaultdict(list)
        self.worked: defaultdict[str, list[float]] = defaultdict(list)
        self.peak: defaultdict[str, int] = defaultdict(int)

    def run(self, name: str, *command: str) -> None:
        """Run a command and note what it took; exit code 1 says that rows were refused."""
        # An installed program has its bytecode beside it, whatever the shell says of this run.
        environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
        with tempfile.TemporaryFile() as said:
            started = time.perf_counter()
            child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=said, env=environment)
            _, status, usage = os.wait4(child.pid, 0)
            self.seconds[name].append(time.perf_counter() - started)
            child.returncode = os.waitstatus_to_exitcode(status)
            if child.returncode not in {0, 1}:
                said.seek(0)
                raise SystemExit(f"{' '.join(command)}: {said.read().decode()[-500:]}")
        self.worked[name].append(usage.ru_utime + usage.ru_stime)
        self.peak[name] = max(self.peak[name], usage.ru_maxrss * 1024)

    def median(self, name: str) -> float:
        """The median wall time of a command."""
        return statistics.median(self.seconds[name])

    def work(self, name: str) -> float:
        """The median processor time of a command, which says more than the wall's on a machine that others use."""
        return statistics.median(self.worked[name])


def new_workspace(folder: Path) -> Path:
    """An empty workspace beside the ledgers."""
    workspace = folder / "workspace"
    shutil.rmtree(workspace, ignore_errors=True)
    workspace.mkdir()
    shutil.copy(folder / "grant.toml", workspace)
    return workspace


def play(clock: Clock, folder: Path) -> None:
    """Run everything once, each peer close to what is held against it."""
    peer = folder / "peer.duckdb"
    peer.unlink(missing_ok=True)
    clock.run("load", sys.executable, "-c", TYPED_LOAD, str(folder / "invoices.csv"), str(peer))
    peer.unlink()

    def take_in(name: str, workspace: Path, file: str, *words: str) -> None:
        clock.run(name, GRANTKIT, "-w", str(workspace), "import", str(folder / file), *words)

    workspace = new_workspace(folder)
    take_in("orders", workspace, "orders.csv", "--kind", "orders")
    take_in("import", workspace, "invoices.csv", "--kind", "invoices")
    for _ in range(3):
        clock.run("status", GRANTKIT, "-w", str(workspace), "status", "--json")
    take_in("again", workspace, "invoices.csv", "--kind", "invoices")
    take_in("grown", workspace, "grown.csv", "--kind", "invoices")
    take_in("recognised", new_workspace(folder), "invoices.csv")
    for name in ("blanks", "quotes"):
        take_in(name, new_workspace(folder), f"{name}.csv", "--kind", "invoices")
    workspace = new_workspace(folder)
    clock.run("calamine", sys.executable, "-c", CALAMINE, str(folder / "book.xlsx"))
    take_in("book", workspace, "book.xlsx")
    shutil.rmtree(workspace)
    script, target = str(Path(__file__).with_name("schedule.py")), str(folder / "schedule.xlsx")
    for name, which in (("xlsxwriter", "peer"), ("schedule", "ours")):
        clock.run(name, sys.executable, script, which, str(SCHEDULE_LINES), target)
    for _ in range(3):
        clock.run("bare", sys.executable, "-c", BARE_APP, "--help")
        clock.run("help", GRANTKIT, "--help")


def show(clock: Clock) -> None:
    """Print a line for each figure."""
    for what, own, peer, words, goal in RATIOS:
        taken, beside = clock.median(own), clock.median(peer)
        missed = "" if taken <= goal * beside else ", missed"
        print(
            f"{what}: {taken:.2f} s, {taken / beside:.2f} x {words} ({beside:.2f} s); goal {goal}{missed};"
            f" processor time {clock.work(own) / clock.work(peer):.2f} x"
        )
    print(f"memory of the first import: {clock.peak['import'] / 1e9:.2f} GB; goal 1.5")
    print(f"status on it: {clock.median('status'):.2f} s ({clock.peak['status'] / 1e9:.2f} GB); goal 0.8")


def main() -> None:
    """Run all benchmarks and print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=1_000_000, help="invoice lines; 20000 to try it out")
    parser.add_argument("--times", type=int, default=3, help="how often each is run; the median counts")
    parser.add_argument("--keep", type=Path, help="a folder that keeps the ledgers for a further run")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = asked.keep or Path(temporary)
        if not (folder / "book.xlsx").exists():  # it is written last
            write(folder, asked.lines)
        clock = Clock()
        for _ in range(asked.times):
            play(clock, folder)
    print(
        f"{asked.lines:,} invoice lines; {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; median of {asked.times}"
    )
    show(clock)


if __name__ == "__main__":
    main()
