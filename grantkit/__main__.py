"""``python -m grantkit``."""

from grantkit.cli import run

run()
