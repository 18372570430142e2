"""What was claimed and never received: shown until it is paid, disallowed or explained."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from grantkit.store import Ledger


def shortfalls(ledger: Ledger) -> dict[str, str]:
    """By claim, of settled ones of which something is outstanding: how much, and why, or that nobody has said."""
    found = {}
    for row in ledger.records("claiming/shortfalls"):
        said = f"{row['claim']}: {row['outstanding']:,.2f} of what was claimed is outstanding"
        if row["reason"]:
            found[row["claim"]] = f"{said} ({row['reason']})"
        else:
            found[row["claim"]] = (
                f"{said}, and nothing says why: settle the rest or disallow it, or give the reason with: grantkit"
                f" claim settle {row['claim']} --received 0 --date DATE --reason TEXT"
            )
    return found
