"""The life of an award, in any order, by the product and by the independent auditor.

A machine imports, decides, moves budgets, prepares, submits, settles, disallows, withdraws and takes imports back, as
Hypothesis chooses; what to import or decide comes from the generators of the histories. After every step every figure
is the auditor's, what was submitted is as it was, no cap is passed, and what was refused has changed nothing.

``GRANTKIT_LIVES`` is how many lives are played (2), ``GRANTKIT_LIFE_STEPS`` how many steps each has (5; 12 where more
lives are played), ``GRANTKIT_SEED`` the first seed (1). The same seed, the same lives.
"""

from __future__ import annotations

import hashlib
import os
import random
import re
import tempfile
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest
from auditor import HUNDRED, PENNY, ZERO, Auditor, Claim, Quarter, Refused, to_the_penny
from histories import Books, Command, Officer, Scribe, columns_left_out, draw_award, take_in_quarter
from hypothesis import HealthCheck
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from product import Workspace
from test_agreement import Product, differences

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.thorough

LIVES = int(os.environ.get("GRANTKIT_LIVES", "2"))
STEPS = int(os.environ.get("GRANTKIT_LIFE_STEPS", "5" if LIVES <= 2 else "12"))
FIRST_SEED = int(os.environ.get("GRANTKIT_SEED", "1"))
#: Lives of one seed; the first of them is always the plainest: every quarter goes by as it should.
AT_A_TIME = min(LIVES, 10)
LINES = 5  # new invoice lines in an extract, at most

SEEDS = st.integers(min_value=0, max_value=2**20)
BASES = st.sampled_from(("accrued", "paid", "invoiced"))
TREATMENTS = st.sampled_from(("recoverable", "irrecoverable"))
#: What the funder's answer changes of a claim; nothing else of a submitted one ever does.
ANSWERED = frozenset({"status", "disallowed", "received", "outstanding"})
LINES_OF_CLAIMS = """
    select claim, version, line_id, work_stream, cost_type, kind, amount from claim_version_lines order by all
"""


# --------------------------------------------------------------------------------------
# Who does it
# --------------------------------------------------------------------------------------


#: Derived from the ledger and kept beside it, to be faster: no part of what a refused command may not touch.
DERIVED = ".grantkit.duckdb.coding"


def changed(before: dict[str, bytes], after: dict[str, bytes]) -> list[str]:
    """The files that are new, gone or otherwise."""
    return sorted(
        {*before, *after} - {DERIVED} - {name for name in before if before[name] == after.get(name)}
    )


class Remembered(Product):
    """The product in a workspace, with the exit code and the document of what it was asked last."""

    def __init__(self, workspace: Workspace, auditor: Auditor) -> None:
        super().__init__(workspace.folder)
        self.at, self.auditor = workspace, auditor
        self.code = 0
        self.shown: dict[tuple[str, ...], Any] = {}

    def ids(self) -> dict[str, str]:
        """The line ids that the contract gives, which are the auditor's."""
        return {
            f"@{kind}:{'|'.join(key)}": str(line_id)
            for (kind, *key), line_id in self.auditor.known.items()
            if all(isinstance(part, str) for part in key)
        }

    def run(self, *words: str) -> tuple[int, str, str]:
        done = self.at.run(*words)
        return done.code, done.out, done.err

    def answer(self, command: Command) -> tuple[int, Any, str]:
        self.code, shown, said = super().answer(command)
        self.shown[tuple(command)] = shown
        return self.code, shown, said


class Clerk(Officer):
    """An officer whose every command is carried out by the product too, and must come to the same there."""

    def __init__(self, rng: random.Random, product: Remembered, award: Any) -> None:
        super().__init__(rng, product.workspace, award, moot=False)
        self.auditor, self.product = product.auditor, product
        self.unlooked = True  # whether anything was done since the figures were last looked at

    def do(self, *words: str) -> None:
        """Does it, whether or not it is refused; what only asks is left to the invariants."""
        if words[0] not in {"status", "variance"} and words[:2] != ("claim", "show"):
            self.compare(*words)

    def compare(self, *words: str) -> Any:
        """One command on both sides: the same exit code and figures, and nothing changed by a refusal."""
        self.commands.append(list(words))
        before = self.product.at.files()
        bad = differences(self.auditor, self.product, list(words))
        refused = self.product.code == 2
        if refused:
            bad += [
                f"it was refused, and changed {name}" for name in changed(before, self.product.at.files())
            ]
        asks = words[:2] in {("claim", "show"), ("claim", "list"), ("budget", "show")} or words[0] == "status"
        self.unlooked |= not (refused or asks)
        done = "\n  ".join(" ".join(command) for command in self.commands)
        assert not bad, "\n".join([f"after\n  {done}", *bad[:40]])
        return self.product.shown[tuple(words)]

    def is_refused(self, *words: str) -> None:
        self.do(*words)
        assert self.product.code == 2, words

    def disallowances(self, claim: Claim) -> Command:
        """Of lines that a later claim touches too: what this one took of them and still counts is its own."""
        self.moot = True
        try:
            return super().disallowances(claim)
        finally:
            self.moot = False

    # ---- requests that are refused

    def ask_for_what_is_refused(self) -> None:
        self.is_refused(*self.rng.choice(list(self.refused_about_claims())))
        asked = len(self.commands)
        super().ask_for_what_is_refused()
        assert self.product.code == 2, self.commands[asked]

    def refused_about_claims(self) -> Iterator[Command]:
        draft, standing = self.auditor.draft(), self.auditor.standing()
        answer = ["--date", "2025-06-30", "--reason", "r"]
        yield ["claim", "prepare", "FINAL9"]
        yield ["undo", "999", "--reason", "r"]
        if draft:
            yield ["claim", "settle", draft.name, "--received=0.00", *answer]
            yield ["claim", "prepare", "FINAL8"]
        for claim in standing:
            yield ["claim", "submit", claim.name, "--yes"]
            yield ["claim", "prepare", claim.name]
            yield ["claim", "settle", claim.name, "--date", "2025-06-30"]
            beyond = claim.outstanding + PENNY if claim.outstanding >= 0 else claim.outstanding - PENNY
            yield ["claim", "settle", claim.name, f"--received={beyond}", *answer]
            yield ["claim", "settle", claim.name, f"--received={-abs(claim.outstanding) - 1}", *answer]
            yield from self.refused_disallowances(claim, answer)
            if claim.status == "settled":
                yield ["claim", "withdraw", claim.name, "--reason", "r"]

    def refused_disallowances(self, claim: Claim, answer: Command) -> Iterator[Command]:
        names = {i: name for name, i in self.numbered_lines("invoice") + self.numbered_lines("order")}
        for line_id in sorted({x.line_id for x in claim.lines} & set(names)):
            taken = sum(claim.taken_of(line_id).values(), ZERO)
            for amount in (ZERO, -PENNY, taken + PENNY):
                yield ["claim", "settle", claim.name, f"--disallow={names[line_id]}={amount}", *answer]
            if taken:
                unsaid = f"--disallow={names[line_id]}={taken}"
                yield ["claim", "settle", claim.name, unsaid, "--date", "2025-06-30"]


# --------------------------------------------------------------------------------------
# The life
# --------------------------------------------------------------------------------------


def with_terms(settings: str, **terms: str) -> str:
    """The text of a ``grant.toml`` with other terms of the award."""
    for name, term in terms.items():
        settings, found = re.subn(
            rf'^{name} = ".*"$', f'{name} = "{term}"', settings, count=1, flags=re.MULTILINE
        )
        assert found == 1, name
    return settings


class Life(RuleBasedStateMachine):
    """One award; ``seed_of_all`` goes into everything that it draws."""

    seed_of_all = 0

    def __init__(self) -> None:
        super().__init__()
        self.place = tempfile.TemporaryDirectory()
        self.steps = 0
        self.submitted: dict[tuple[str, int], dict[str, Any]] = {}  # by claim and version: what must stay
        self.written: list[tuple[str, str]] = []

    def teardown(self) -> None:
        self.place.cleanup()

    @initialize(seed=SEEDS, quarters=st.sampled_from((1, 2, 3)), basis=BASES, vat=TREATMENTS)
    def an_award_begins(self, seed: int, quarters: int, basis: str, vat: str) -> None:
        rng = self.draw(seed)
        award = draw_award(rng, quarters, LINES, moot=False)
        award.settings = with_terms(award.settings, claim_basis=basis, vat=vat)
        workspace = Workspace(Path(self.place.name), award.settings)
        self.award, self.books = award, Books(rng, award, LINES, moot=False)
        self.clerk = Clerk(rng, Remembered(workspace, Auditor(workspace.folder)), award)
        self.auditor: Auditor = self.clerk.auditor
        self.dropped = {kind: columns_left_out(rng, kind) for kind in ("orders", "invoices")}
        self.take_in()

    def draw(self, seed: int = 0) -> random.Random:
        """What a step draws from: of its own, so that a step that is left out changes no other."""
        return random.Random(f"{self.seed_of_all} {self.steps if not seed else ''} {seed}")

    def begin(self, seed: int = 0) -> random.Random:
        self.steps += 1
        rng = self.draw(seed)
        self.books.rng = self.clerk.rng = rng
        return rng

    @property
    def quarter(self) -> Quarter:
        """The one that the next claim is for, or the last."""
        return self.award.quarters[min(len(self.auditor.standing()), len(self.award.quarters) - 1)]

    def next_claim(self) -> str:
        """The next claim's name, whether or not it is its turn yet."""
        try:
            return self.auditor.next_claim()
        except Refused:
            return f"FINAL{len(self.auditor.standing()) - len(self.award.quarters) + 1}"

    # ---- ledgers

    def take_in(self) -> None:
        rng, folder = self.clerk.rng, self.clerk.folder
        take_in_quarter(rng, folder, self.books, self.clerk, self.quarter, self.dropped, self.written)

    @rule(seed=SEEDS)
    def ledgers_come_in(self, seed: int) -> None:
        """New lines, and lines that say something else than before."""
        self.begin(seed)
        self.take_in()

    @rule(seed=SEEDS)
    def goods_are_received(self, seed: int) -> None:
        """Orders as they were, with more received of them."""
        rng = self.begin(seed)
        for order in self.books.orders:
            by_now = to_the_penny(order["net"] * rng.randint(0, 105) / HUNDRED)
            order["received"] = max(order["received"], by_now)
        name = f"receipts-{len(self.clerk.commands)}.csv"
        entries = self.books.extract(self.books.orders)
        Scribe(rng, "orders", self.dropped["orders"], moot=False).write(self.clerk.folder / name, entries)
        self.clerk.do("import", name, "--kind", "orders")

    @rule(seed=SEEDS)
    def an_import_is_taken_back(self, seed: int) -> None:
        rng = self.begin(seed)
        self.clerk.undo()
        if rng.random() < 0.3:
            self.clerk.take_in_again(self.written)

    # ---- a person's decisions

    @rule(seed=SEEDS)
    def a_person_decides(self, seed: int) -> None:
        rng = self.begin(seed)
        for _ in range(rng.randint(1, 3)):
            self.clerk.decide(self.quarter)

    @rule(seed=SEEDS)
    def budgets_move(self, seed: int) -> None:
        rng = self.begin(seed)
        for _ in range(rng.randint(1, 2)):
            self.clerk.move_budget()

    @rule(seed=SEEDS)
    def what_is_refused_is_asked_for(self, seed: int) -> None:
        self.begin(seed)
        self.clerk.ask_for_what_is_refused()

    # ---- claims

    @precondition(
        lambda self: len(self.auditor.standing()) < len(self.award.quarters) + 3
    )  # FINAL3 is enough
    @rule()
    def a_quarter_goes_by(self) -> None:
        """As it should: ledgers come in, somebody decides, the claim goes out and is paid."""
        rng = self.begin()
        self.take_in()
        self.clerk.decide(self.quarter)
        self.clerk.move_budget()
        name = self.next_claim()
        self.clerk.do("claim", "prepare", name)
        if self.auditor.draft():  # not where it was refused
            self.submit(name)
        self.answer(rng, self.auditor.standing()[-1])

    @rule()
    def the_next_claim_is_prepared(self) -> None:
        """The next one, or again the one that is a draft."""
        self.begin()
        self.clerk.do("claim", "prepare", self.next_claim())

    @precondition(lambda self: self.auditor.draft())
    @rule()
    def the_draft_is_submitted(self) -> None:
        self.begin()
        self.submit(self.auditor.draft().name)

    @rule()
    def the_next_claim_goes_out(self) -> None:
        self.begin()
        name = self.next_claim()
        self.clerk.do("claim", "prepare", name)
        if self.auditor.draft():  # not where it was refused
            self.submit(name)

    def submit(self, name: str) -> None:
        self.clerk.do("claim", "submit", name, "--yes")

    @precondition(lambda self: self.auditor.standing())
    @rule(seed=SEEDS)
    def the_funder_answers(self, seed: int) -> None:
        """Mostly about the newest claim: a payment in parts, something disallowed, or both."""
        rng = self.begin(seed)
        standing = self.auditor.standing()
        self.answer(rng, rng.choice([standing[-1], *standing]))

    def answer(self, rng: random.Random, claim: Claim) -> None:
        if claim.outstanding or rng.random() < 0.5:
            self.clerk.settle(self.quarter, claim.name)
        else:  # nothing is outstanding, and that is settled too
            on = claim.to.isoformat()
            self.clerk.do("claim", "settle", claim.name, "--received=0.00", "--date", on)

    @precondition(lambda self: self.auditor.draft() or self.newest_waits())
    @rule()
    def the_newest_claim_is_withdrawn(self) -> None:
        self.begin()
        claim = self.auditor.draft() or self.auditor.standing()[-1]
        self.clerk.do("claim", "withdraw", claim.name, "--reason", "typing")

    def newest_waits(self) -> bool:
        """Whether the newest claim is with the funder, unanswered."""
        return [claim.status for claim in self.auditor.standing()[-1:]] == ["submitted"]

    # ---- what holds after every step

    @invariant()
    def all_figures_are_the_auditors(self) -> None:
        """Looked at after every step that did anything."""
        if self.steps == 0 or not self.clerk.unlooked:
            return
        look = self.clerk.compare
        self.clerk.unlooked = False
        kept = len(self.clerk.commands)
        at = ["--as-at", self.clerk.some_date(self.quarter).isoformat()]
        look("status", *self.clerk.rng.choice(([], at)))
        look("budget", "show", *self.clerk.rng.choice(([], at)))
        listed = look("claim", "list")["claims"]
        shown = {claim.name: look("claim", "show", claim.name) for claim in self.claims_that_count()}
        del self.clerk.commands[kept:]
        lines = self.lines_of_claims()
        self.claimed_lines_are_the_auditors(lines)
        self.no_cap_is_passed(listed, shown)
        self.what_was_submitted_stays(shown, lines)

    def claims_that_count(self) -> list[Claim]:
        return [claim for claim in self.auditor.claims if claim.status != "withdrawn"]

    def lines_of_claims(self) -> dict[tuple[str, int], list[tuple[Any, ...]]]:
        found: dict[tuple[str, int], list[tuple[Any, ...]]] = {
            (c.name, c.version): [] for c in self.auditor.claims
        }
        for row in self.clerk.product.at.query(LINES_OF_CLAIMS):
            found[row.pop("claim"), row.pop("version")].append(tuple(row.values()))
        return found

    def claimed_lines_are_the_auditors(self, lines: dict[tuple[str, int], list[tuple[Any, ...]]]) -> None:
        for claim in self.auditor.claims:
            want = sorted((x.line_id, x.stream, x.cost_type, x.kind, f"{x.amount:.2f}") for x in claim.lines)
            assert sorted(lines[claim.name, claim.version]) == want, (claim.name, claim.version)

    def no_cap_is_passed(self, listed: list[dict[str, str]], shown: dict[str, Any]) -> None:
        """Not the award's, ever; and a stream's not by a claim that takes something in it."""
        counts = [row for row in listed if row["status"] in {"submitted", "settled"}]
        held = sum((Decimal(row["this_claim"]) - Decimal(row["disallowed"]) for row in counts), ZERO)
        assert held <= self.award.amount
        more = 1 + self.auditor.settings.tolerance / HUNDRED
        for claim in self.claims_that_count():
            takes = {x.stream for x in claim.lines if x.amount > 0}
            for row in shown[claim.name]["work_streams"]:
                if row["code"] in takes:
                    assert Decimal(row["cumulative"]) <= to_the_penny(Decimal(row["budget"]) * more), row

    def what_was_submitted_stays(
        self, shown: dict[str, Any], lines: dict[tuple[str, int], list[tuple[Any, ...]]]
    ) -> None:
        """Figures, lines and workbook; of a withdrawn claim the lines and the workbook."""
        for claim in self.auditor.standing():
            figures = {key: value for key, value in shown[claim.name].items() if key not in ANSWERED}
            this = (claim.name, claim.version)
            then = self.submitted.setdefault(this, {"figures": figures, "lines": lines[this]})
            assert figures == then["figures"], this
        for this, then in self.submitted.items():
            assert lines[this] == then["lines"], this
            workbook = self.clerk.folder / then["figures"]["workbook"]
            assert hashlib.sha256(workbook.read_bytes()).hexdigest() == then["figures"]["sha256"], this


@pytest.mark.parametrize("seed", range(FIRST_SEED, FIRST_SEED + max(1, LIVES // AT_A_TIME)))
def test_a_life_is_the_auditors(seed: int) -> None:
    life = type("Life", (Life,), {"seed_of_all": seed})
    run_state_machine_as_test(
        hypothesis.seed(seed)(life),
        settings=hypothesis.settings(
            max_examples=AT_A_TIME,
            stateful_step_count=STEPS,
            derandomize=True,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
