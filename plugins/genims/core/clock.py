"""The time, as the package keeps it: UTC without time zone. And the business day, which follows from it."""

from __future__ import annotations

from datetime import UTC, date, datetime

from genims.core.settings import settings


def utc_now() -> datetime:
    """The present instant in UTC, without time zone, to the microsecond."""
    return datetime.now(UTC).replace(tzinfo=None)


def business_day(at: datetime | None = None) -> date:
    """The business day of an instant: the calendar day in GENIMS_TIMEZONE. Nothing else derives one from a clock.

    :param at: the instant, time zone aware; None for the present one.
    """
    return (at or datetime.now(UTC)).astimezone(settings().timezone).date()


def utc_start_of(day: date) -> datetime:
    """The instant at which a business day begins, in UTC without time zone.

    :param day: the business day.
    """
    return datetime(day.year, day.month, day.day, tzinfo=settings().timezone).astimezone(UTC).replace(tzinfo=None)
