"""The command line: parses, calls one function below, hands the result to the console."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and give its exit code (0 done, 1 attention, 2 refused, 3 unreadable, 130 interrupted)."""
    from grantkit.cli.app import run_command

    return run_command(list(sys.argv[1:] if argv is None else argv))


def run() -> None:
    """The installed command."""
    try:
        code = main()
        sys.stdout.flush()
    except BrokenPipeError:
        # whoever reads has read enough (head, less): no error, and nothing more to be written at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    raise SystemExit(code)
