"""What officers write to a claim's figures: why a work stream is where it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grantkit.audit_log import write_entry
from grantkit.clock import now
from grantkit.errors import RequestError
from grantkit.workspace import user

if TYPE_CHECKING:
    from grantkit.claiming.claims import Claim
    from grantkit.settings import Settings
    from grantkit.store import Ledger


def add_note(ledger: Ledger, settings: Settings, claim: Claim, stream: str, text: str) -> None:
    """Keep an officer's explanation of a stream's figures in a claim, in the transaction that is open.

    The newest of a stream counts; it goes onto the claim's workbook when that is written next. Raises RequestError
    where the claim is no draft, the stream does not exist or nothing is said.
    """
    code = settings.stream(stream.upper()).code
    if claim.status != "draft":
        raise RequestError(
            f"{claim.claim} is {claim.status}, and its workbook stays as it is",
            hint="explain it in the next claim; a submitted claim can be withdrawn and prepared again",
        )
    if not text.strip():
        raise RequestError("the note is blank", hint="say why the figures are what they are")
    number: int = ledger.value("claiming/next_note")
    ledger.fill("store.claim_note", [(number, claim.claim, claim.version, code, text.strip(), now(), user())])
    facts = {"claim": claim.claim, "version": claim.version, "work_stream": code, "text": text.strip()}
    write_entry(ledger, "claim note", facts, {"note": number})


def notes_of(ledger: Ledger, claim: str, version: int) -> dict[str, str]:
    """The notes that count for a version of a claim, by work stream."""
    return {
        row["work_stream"]: row["text"]
        for row in ledger.records("claiming/notes", {"claim": claim, "version": version})
    }


def unexplained(ledger: Ledger, claim: Claim) -> list[str]:
    """The work streams of a claim whose variance has to be explained (``[variance] explain_over``) and is not."""
    notes = notes_of(ledger, claim.claim, claim.version)
    return [
        code for code, facts in claim.facts["streams"].items() if facts.get("explain") and code not in notes
    ]
