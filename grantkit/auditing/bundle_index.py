"""The first page of a bundle of evidence: plain HTML, with no script and nothing from a network."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

#: What the files of a bundle are, in the order in which somebody reads them.
MEANINGS = {
    "claim.json": "the claim as it was submitted: figures by work stream, the reconciliation, who did what when",
    "lines.csv": "every line of the claim, the file, sheet and row that it came from, and why it is late or adjusts",
    "decisions.csv": "what persons decided about these lines, with their reasons",
    "settlements.csv": "what the funder paid and answered",
    "disallowances.csv": "what the funder disallowed, line by line",
    "budget_moves.csv": "all virements of the award",
    "grant.toml": "the settings as the claim was prepared with them",
    "checks.json": "what the checks find in the ledger today, and what was settled",
    "log.csv": "the audit log, each entry's hash over the one before",
    "verify.py": "checks all this: python3 verify.py",
}
FIGURES = (
    "budget",
    "claimed_before",
    "resource",
    "capital",
    "this_claim",
    "held_back",
    "cumulative",
    "remaining",
)
HOW_TO_VERIFY = (
    "MANIFEST.json holds these hashes once more. <code>python3 verify.py</code> works them out again, and with them the"
    " claim's figures from its lines and the log's chain; it needs Python 3.8 and nothing else."
)
STYLE = """
body { font: 11pt/1.4 sans-serif; max-width: 60em; margin: 2em auto; padding: 0 1em; }
table { border-collapse: collapse; margin: 0 0 1.5em; }
th, td { border-bottom: 1px solid #ccc; padding: .2em .6em; text-align: left; vertical-align: top; }
.figure { text-align: right; white-space: nowrap; }
code { font-size: 8pt; overflow-wrap: anywhere; }
"""


class IndexEntry(NamedTuple):
    """A file of the bundle: its name in it, its bytes and their SHA-256."""

    name: str
    size: int
    sha256: str


def index_page(
    claim: dict[str, Any], sources: Sequence[dict[str, Any]], entries: Sequence[IndexEntry]
) -> str:
    """The page: what the claim comes to, the files that it rests on, and every file of the bundle with its hash."""
    title = f"{claim['award']}, claim {claim['claim']}: evidence"
    facts = (
        ("Award", f"{claim['award']}, {claim['title']}"),
        ("Recipient", claim["recipient"]),
        ("Funder", claim["funder"]),
        ("Claim", f"{claim['claim']}, version {claim['version']}, {claim['status']}"),
        ("Days", f"{claim['from']} to {claim['to']}, on the {claim['basis']} basis"),
        ("Prepared", f"{claim['prepared_at']} by {claim['prepared_by']}"),
        ("Submitted", f"{claim['submitted_at']} by {claim['submitted_by']}"),
        ("Agreed to by", claim["approved_by"]),
        *((name.capitalize(), claim[name]) for name in ("disallowed", "received", "outstanding")),
        ("SHA-256 over its lines", claim["lines_sha256"]),
        (
            "This bundle",
            f"{claim['bundled_at']} by {claim['bundled_by']}, grantkit {claim['grantkit_version']}",
        ),
    )
    parts = [
        f'<!DOCTYPE html>\n<html lang="en">\n<head><meta charset="utf-8"><title>{escape(title)}</title>',
        f"<style>{STYLE}</style></head>\n<body>\n<h1>{escape(title)}</h1>",
        _table((), [(_text(name), _text(value)) for name, value in facts if value is not None]),
        "<h2>What it comes to, in pounds</h2>",
        _streams(claim),
        f"<h2>The files behind its {claim['lines']:,} lines</h2>",
        _sources(sources),
        "<h2>What is here</h2>",
        _files(entries),
        f"<p>{HOW_TO_VERIFY}</p>",
        "</body>\n</html>\n",
    ]
    return "\n".join(parts)


def _streams(claim: dict[str, Any]) -> str:
    rows = [
        (_text(stream.get("code", "total")), *(_figure(stream[figure]) for figure in FIGURES))
        for stream in (*claim["work_streams"], claim["total"])
    ]
    return _table(("work stream", *(figure.replace("_", " ") for figure in FIGURES)), rows)


def _sources(sources: Iterable[dict[str, Any]]) -> str:
    rows = [
        (
            _link(source["entry"], source["file"]),
            *(
                _text(source["imported_at"]),
                _figure(f"{source['lines']:,}"),
                _figure(f"{source['amount']:,.2f}"),
            ),
        )
        for source in sources
    ]
    return _table(("source file", "first imported", "lines", "claimed of it"), rows)


def _files(entries: Sequence[IndexEntry]) -> str:
    by_name = {entry.name: entry for entry in entries}
    order = [name for name in MEANINGS if name in by_name] + [
        name for name in by_name if name not in MEANINGS
    ]
    rows = [
        (
            *(_link(name, name.rpartition("/")[2]), _text(MEANINGS.get(name, _kind_of(name)))),
            *(_figure(f"{by_name[name].size:,}"), f"<td><code>{by_name[name].sha256}</code></td>"),
        )
        for name in order
    ]
    return _table(("file", "what it is", "bytes", "SHA-256"), rows)


def _kind_of(name: str) -> str:
    kinds = {
        "workbook": "the workbook as it went to the funder",
        "form": "the funder's own form as it went to the funder",
    }
    return kinds.get(name.partition("/")[0], "a source file as it came")


def _table(titles: Iterable[str], rows: Iterable[Sequence[str]]) -> str:
    heading = "".join(f"<th>{escape(title)}</th>" for title in titles)
    body = "\n".join(f"<tr>{''.join(row)}</tr>" for row in rows)
    return f"<table>\n{f'<tr>{heading}</tr>' if heading else ''}\n{body}\n</table>"


def _text(value: object) -> str:
    return f"<td>{escape(str(value))}</td>"


def _figure(value: object) -> str:
    return f'<td class="figure">{escape(str(value))}</td>'


def _link(name: str, shown: str) -> str:
    return f'<td><a href="{escape(quote(name))}">{escape(shown)}</a></td>'
