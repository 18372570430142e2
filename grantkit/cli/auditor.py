"""Commands of the auditor: queries and traces."""

from __future__ import annotations

import typer


def add_commands(app: typer.Typer) -> None:
    """Add these commands to the application."""
