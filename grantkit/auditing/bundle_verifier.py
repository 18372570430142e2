"""Checks a bundle of evidence for a grant claim, with nothing but Python (3.8 or later).

    python3 verify.py [FOLDER or FILE.zip]

Without an argument it checks the folder that it lies in. It works out again: the SHA-256 of every file, those of the
source files, the workbook and the settings against what the claim and its lines say of them, the claim's figures from
its lines, the hash over the lines, the sums of settlements and disallowances, and the audit log's chain of hashes.
It prints what it checked and whatever differs; exit 1 where something does.

It reads the bundle alone, and it came with the bundle: whoever changed all of that could have changed this file too. So
compare the SHA-256 of MANIFEST.json that it prints with the one that whoever wrote the bundle was told.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import sys
import zipfile
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

MANIFEST = "MANIFEST.json"
#: Figures of a claim that are sums over its lines: all of them, of each kind of money, of those that are not current.
SUMS = ("this_claim", "resource", "capital", "late", "accruals", "adjustments")
KINDS = {"late": "late", "accrual": "accruals", "adjustment": "adjustments"}
NOUGHT = Decimal("0.00")
#: What the first entry of the log covers in place of an earlier one.
GENESIS = "0" * 64
#: What the claim's lines hash covers of each line, and an entry's hash of the log.
LINE = ("line_id", "sha256", "row", "work_stream", "cost_type", "kind", "amount")
ENTRY = (
    "entry",
    "logged_at",
    "user_name",
    "system_user",
    "command",
    "arguments",
    "result",
    "grantkit_version",
)

csv.field_size_limit(2**31 - 1)


def sha256(content: bytes) -> str:
    """The SHA-256 of bytes, in hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


class Bundle:
    """The files of a bundle, in a folder or a zip file, by their names with / between the parts."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.zip = None if path.is_dir() else zipfile.ZipFile(path)

    def names(self) -> list[str]:
        """The names of all files."""
        if self.zip is not None:
            return [name for name in self.zip.namelist() if not name.endswith("/")]
        found = (path for path in self.path.rglob("*") if path.is_file())
        return [path.relative_to(self.path).as_posix() for path in found]

    def read(self, name: str) -> bytes:
        """The bytes of a file; none where it is missing or cannot be read, so that its hash differs."""
        try:
            return self.zip.read(name) if self.zip is not None else (self.path / name).read_bytes()
        except (OSError, KeyError, zipfile.BadZipFile):
            return b""

    def json(self, name: str) -> Any:
        """A JSON file."""
        return json.loads(self.read(name).decode("utf-8"))

    def rows(self, name: str) -> list[dict[str, str]]:
        """The rows of a CSV file, each by its columns."""
        return list(csv.DictReader(io.StringIO(self.read(name).decode("utf-8"), newline="")))


class Verifier:
    """What was checked, by kind and number, and what differs."""

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle
        self.checked: list[tuple[int, str]] = []
        self.differs: list[str] = []

    def same(self, what: str, expected: object, found: object) -> None:
        """Note what should be equal and is not."""
        if expected != found:
            self.differs.append(f"{what}: expected {expected}, found {found}")

    def run(self) -> None:
        """All checks; one that cannot be carried out is itself a difference."""
        for name, check in (
            ("files against the manifest", self.files),
            ("source files against their own hash", self.sources),
            ("figures of the claim worked out from its lines", self.figures),
            ("lines under the hash over the claim's lines", self.lines),
            ("workbooks and settings against the claim", self.documents),
            ("sums of settlements and disallowances", self.settled),
            ("entries of the audit log's chain", self.log),
        ):
            try:
                self.checked.append((check(), name))
            except (ValueError, LookupError, TypeError, AttributeError, InvalidOperation) as problem:
                self.differs.append(f"{name}: cannot be checked: {problem!r}")

    def files(self) -> int:
        """Every file that the manifest names, and no other; the manifest itself in the form that it was written in."""
        content = self.bundle.read(MANIFEST)
        manifest = json.loads(content.decode("utf-8"))
        if content != (json.dumps(manifest, indent=2, sort_keys=True) + "\n").encode("utf-8"):
            self.differs.append(f"{MANIFEST}: not as it was written")
        self.same(f"{MANIFEST}, what it lists", ["files"], sorted(manifest))
        names = self.bundle.names()
        for name in sorted(set(names) - set(manifest["files"]) - {MANIFEST}):
            self.differs.append(f"{name}: not in the manifest")
        for name in sorted(name for name in set(names) if names.count(name) > 1):
            self.differs.append(f"{name}: there twice")
        for name, expected in sorted(manifest["files"].items()):
            self.same(name, expected, sha256(self.bundle.read(name)) if name in names else "no such file")
        return len(manifest["files"])

    def sources(self) -> int:
        """Each source file is what its folder's name says, and every line has its own."""
        held = set()
        for name in self.bundle.names():
            parts = name.split("/")
            if parts[0] == "files":
                held.add(parts[1])
                self.same(name, parts[1], sha256(self.bundle.read(name)))
        named = {row["sha256"] for row in self.bundle.rows("lines.csv")}
        for missing in sorted(named - held - {""}):
            self.differs.append(f"files/{missing}: the source file is missing")
        return len(held)

    def figures(self) -> int:
        """The claim's figures, by work stream and in total, as sums over its lines and over one another."""
        claim, lines = self.bundle.json("claim.json"), self.bundle.rows("lines.csv")
        self.same("claim.json, lines", claim["lines"], len(lines))
        by_stream: dict[str, list[dict[str, str]]] = {each["code"]: [] for each in claim["work_streams"]}
        for row in lines:
            if row["work_stream"] in by_stream:
                by_stream[row["work_stream"]].append(row)
            else:
                self.differs.append(
                    f"lines.csv, line {row['line_id']}: {row['work_stream']} is not in the claim"
                )
        told = [(each["code"], each, by_stream[each["code"]]) for each in claim["work_streams"]]
        count = 0
        for name, figures, rows in [*told, ("total", claim["total"], lines)]:
            sums = self.sums(rows)
            sums["cumulative"] = Decimal(figures["claimed_before"]) + sums["this_claim"]
            sums["remaining"] = Decimal(figures["budget"]) - sums["cumulative"]
            for figure, amount in sums.items():
                self.same(f"claim.json, {name}, {figure}", f"{amount:.2f}", figures[figure])
            count += len(sums)
        return count

    def sums(self, rows: list[dict[str, str]]) -> dict[str, Decimal]:
        """What lines come to: in all, of each kind of money, and of what is no current item of the claim's days."""
        parts = dict.fromkeys(SUMS, NOUGHT)
        for row in rows:
            for figure in ("this_claim", row["cost_type"], KINDS.get(row["kind"])):
                if figure is not None:
                    parts[figure] += Decimal(row["amount"])
        return parts

    def lines(self) -> int:
        """The hash over the lines that the claim was submitted with; claims of the first versions have none."""
        claim, rows = self.bundle.json("claim.json"), self.bundle.rows("lines.csv")
        rows.sort(key=lambda row: row["cost_type"], reverse=True)
        rows.sort(key=lambda row: (int(row["line_id"]), row["work_stream"]))
        text = "\n".join(",".join(row[column] for column in LINE if row[column]) for row in rows)
        if claim["lines_sha256"] is None:
            return 0
        self.same("lines.csv, the hash over its lines", claim["lines_sha256"], sha256(text.encode("utf-8")))
        return len(rows)

    def documents(self) -> int:
        """The workbook, the funder's form and the settings are those that the claim names."""
        documents = self.bundle.json("claim.json")["documents"]
        for document in documents:
            self.same(document["file"], document["sha256"], sha256(self.bundle.read(document["file"])))
        return len(documents)

    def settled(self) -> int:
        """What was received and disallowed, as sums over their rows, and what is outstanding."""
        claim = self.bundle.json("claim.json")
        received = sum((Decimal(row["received"] or 0) for row in self.bundle.rows("settlements.csv")), NOUGHT)
        disallowed = sum((Decimal(row["amount"]) for row in self.bundle.rows("disallowances.csv")), NOUGHT)
        outstanding = Decimal(claim["total"]["this_claim"]) - received - disallowed
        sums = {"received": received, "disallowed": disallowed, "outstanding": outstanding}
        for name, amount in sums.items():
            self.same(f"claim.json, {name}", f"{amount:.2f}", claim[name])
        return len(sums)

    def log(self) -> int:
        """Each entry's hash covers its own fields and the entry before; the claim's submission tells its total."""
        claim = self.bundle.json("claim.json")
        previous, number, told = GENESIS, 0, None
        for row in self.bundle.rows("log.csv"):
            number += 1
            where = f"log.csv, entry {row['entry']}"
            self.same(f"{where}, its number", str(number), row["entry"])
            self.same(f"{where}, the hash of the entry before", previous, row["previous_hash"])
            fields = [row["previous_hash"], *(row[name] for name in ENTRY)]
            if row["added"]:  # what the command added to the ledger's tables
                fields.append(row["added"])
            text = json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
            self.same(where, sha256(text.encode("utf-8")), row["hash"])
            previous = row["hash"]
            result = json.loads(row["result"])
            if row["command"] == "claim submit" and result.get("claim_id") == claim["claim_id"]:
                told = (result["this_claim"], result["sha256"])
        expected = (claim["total"]["this_claim"], claim["workbook_sha256"])
        self.same("log.csv, the claim's submission", expected, told)
        return number


def main(arguments: list[str]) -> int:
    """Check the bundle that is named, else the one that this file lies in; gives the exit code."""
    try:
        bundle = Bundle(Path(arguments[0]) if arguments else Path(__file__).resolve().parent)
    except (OSError, zipfile.BadZipFile) as problem:
        print(f"cannot be read: {problem}")
        return 1
    verifier = Verifier(bundle)
    verifier.run()
    for number, name in verifier.checked:
        print(f"{number:8}  {name}")
    for difference in verifier.differs:
        print(f"DIFFERS: {difference}")
    if not verifier.differs:
        claim = bundle.json("claim.json")
        print(f"everything agrees: {claim['claim']} of {claim['award']}, {claim['total']['this_claim']}")
    print(f"SHA-256 of {MANIFEST}: {sha256(bundle.read(MANIFEST))}")
    return 1 if verifier.differs else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
