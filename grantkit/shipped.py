"""What travels with grantkit: the sample ledgers and the workbooks' templates."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent


def shipped(folder: str) -> Path:
    """A folder that travels with grantkit: in the package when installed, beside it in a checkout."""
    inside = _PACKAGE / folder
    return inside if inside.is_dir() else _PACKAGE.parent / folder


def template(workspace: Path, name: str) -> Path:
    """A workbook's template: the workspace's own in ``report_templates/``, else the one that is shipped."""
    own = workspace / "report_templates" / name
    return own if own.is_file() else shipped("report_templates") / name
