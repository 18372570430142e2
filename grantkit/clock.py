"""The one clock."""

from __future__ import annotations

import datetime
import os

from grantkit.errors import RequestError


def now() -> datetime.datetime:
    """The time in UTC, without a zone; ``GRANTKIT_NOW`` (ISO 8601) overrides the clock."""
    text = os.environ.get("GRANTKIT_NOW")
    if not text:
        return datetime.datetime.now(datetime.UTC).replace(tzinfo=None, microsecond=0)
    try:
        moment = datetime.datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            moment = moment.astimezone(datetime.UTC).replace(tzinfo=None)
    except (ValueError, OverflowError):
        raise RequestError(
            f"GRANTKIT_NOW is no time: {text}", hint="write it as 2024-07-15T09:30:00, or unset it"
        ) from None
    return moment
