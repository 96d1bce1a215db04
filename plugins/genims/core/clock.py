"""The time, as the package keeps it: UTC without time zone."""

from __future__ import annotations

from datetime import UTC, datetime


def utc_now() -> datetime:
    """The present instant in UTC, without time zone, to the microsecond."""
    return datetime.now(UTC).replace(tzinfo=None)
