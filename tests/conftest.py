"""What all tests share: documents are tests too, and where CI runs them a skipped test is a failed one."""

from __future__ import annotations

import importlib.util
import os
import sys
from typing import TYPE_CHECKING, Any

import console_examples
import pytest
from sybil import Sybil

if TYPE_CHECKING:
    from collections.abc import Iterator

# DuckDB looks for pandas at every parameter that it is given; where there is none, it need not look again each time.
if importlib.util.find_spec("pandas") is None:
    sys.modules["pandas"] = None  # type: ignore[assignment]

#: Set where tests that take longer run too, for the processes that share the work.
THOROUGH = "GRANTKIT_THOROUGH"

IN_CI = os.environ.get("CI", "") not in ("", "0", "false")

pytest_collect_file = Sybil(
    parsers=[console_examples.parse], patterns=["commands/*.md", "errors/*.md"]
).pytest()


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--thorough``."""
    parser.addoption("--thorough", action="store_true", help="also those tests that take longer")


def pytest_configure(config: pytest.Config) -> None:
    """Say what ``thorough`` means; whoever names files or folders means all that is in them."""
    config.addinivalue_line(
        "markers", "thorough: it takes longer, and runs with --thorough or by its file's name"
    )
    named = config.args_source is pytest.Config.ArgsSource.ARGS
    if not hasattr(config, "workerinput") and (named or config.getoption("--thorough")):
        os.environ[THOROUGH] = "1"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what takes longer where it was not asked for; the summary counts it as deselected."""
    if THOROUGH in os.environ:
        return
    longer = [item for item in items if item.get_closest_marker("thorough")]
    config.hook.pytest_deselected(items=longer)
    items[:] = [item for item in items if not item.get_closest_marker("thorough")]


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport() -> Iterator[None]:
    """A test that is skipped in CI tests nothing, and nobody would see it."""
    outcome: Any = yield
    fail_the_skipped(outcome.get_result())


@pytest.hookimpl(hookwrapper=True)
def pytest_make_collect_report() -> Iterator[None]:
    """The same for a whole module."""
    outcome: Any = yield
    fail_the_skipped(outcome.get_result())


def fail_the_skipped(report: Any) -> None:
    """Turn a skip into a failure that says why it was skipped; an expected failure stays what it is."""
    if IN_CI and report.outcome == "skipped" and not hasattr(report, "wasxfail"):
        reason = report.longrepr[-1] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"skipped where every test has to run: {reason}"
