"""Times grantkit against floors measured in the same run: python benchmarks/run.py [--lines N] [--keep FOLDER]

Every figure is a ratio to a peer on the same machine in the same run, or stands beside the floor that it is held to.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from make_ledgers import write

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
BARE_APP = """
import typer
app = typer.Typer()
@app.command()
def one(name: str = "x") -> None: "One."
@app.command()
def two(name: str = "x") -> None: "Two."
app()
"""


def timed(*command: str, times: int = 1, check: bool = True) -> tuple[float, int]:
    """The median wall time in seconds of a command, and its peak memory in bytes."""
    seconds, peak = [], 0
    for _ in range(times):
        started = time.perf_counter()
        done = subprocess.run(
            ["/usr/bin/env", sys.executable, "-c", MEASURED, *command],
            capture_output=True,
            text=True,
            check=False,
        )
        seconds.append(time.perf_counter() - started)
        if check and done.returncode:
            raise SystemExit(f"{' '.join(command)}: {done.stderr[-500:]}")
        peak = max(peak, int(done.stderr.strip().splitlines()[-1]) * 1024)
    return statistics.median(seconds), peak


#: Runs a command and says its peak memory (kilobytes) on the last line of standard error.
MEASURED = """
import resource, subprocess, sys
code = subprocess.call(sys.argv[1:], stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
sys.exit(code)
"""


def main() -> None:
    """Run all benchmarks and print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--keep", type=Path)
    asked = parser.parse_args()
    grantkit = str(Path(sys.executable).parent / "grantkit")
    with tempfile.TemporaryDirectory() as temporary:
        folder = asked.keep or Path(temporary)
        if not (folder / "invoices.csv").exists():
            write(folder, asked.lines)
        for old in folder.glob("*.duckdb*"):
            old.unlink()
        invoices = str(folder / "invoices.csv")
        load, _ = timed(sys.executable, "-c", TYPED_LOAD, invoices, str(folder / "peer.duckdb"))
        timed(grantkit, "-w", str(folder), "import", str(folder / "orders.csv"), "--kind", "orders")
        taken, memory = timed(grantkit, "-w", str(folder), "import", invoices, "--kind", "invoices")
        print(
            f"import of {asked.lines:,} invoice lines: {taken:.2f} s, {taken / load:.2f} x DuckDB's typed load"
            f" into a file ({load:.2f} s); goal 3.5"
        )
        print(f"memory of that import: {memory / 1e9:.2f} GB; goal 1.5")
        status, memory = timed(grantkit, "-w", str(folder), "status", "--json", times=3)
        print(f"status on them: {status:.2f} s ({memory / 1e9:.2f} GB); goal 0.8")
    bare, _ = timed(sys.executable, "-c", BARE_APP, "--help", times=7)
    own, _ = timed(grantkit, "--help", times=7)
    print(f"--help: {own:.3f} s, {own / bare:.2f} x a bare Typer app ({bare:.3f} s); goal 1.5")


if __name__ == "__main__":
    main()
