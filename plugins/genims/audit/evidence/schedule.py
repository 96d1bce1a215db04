"""Which days a nightly verification proves: the last one, all that were missed, and a share of the older ones."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

COVERED_IN = timedelta(days=30)
# Two nights may be missed, and every day is still proven in time.
SHARE = 28
LATEST = COVERED_IN - timedelta(days=1)


def days(first_day: date, last_day: date) -> list[date]:
    """Each day from the first to the last, both included.

    :param first_day: UTC.
    :param last_day: UTC; before ``first_day``, there is no day.
    """
    return [first_day + timedelta(days=n) for n in range((last_day - first_day).days + 1)]


def due_days(first_day: date, verified: dict[date, datetime], now: datetime) -> list[date]:
    """The days to verify tonight, in order; the present one is the last.

    :param first_day: the first day with audit rows.
    :param verified: when each day was last verified, after it had ended, UTC; a day that never was is left out.
    :param now: UTC.
    """
    today = now.date()
    ended = days(first_day, today - timedelta(days=1))
    newest = max(verified, default=None)
    missed = [day for day in ended if newest and day > newest]
    overdue = [day for day in ended if day in verified and verified[day] <= now - LATEST]
    share = sorted(ended, key=lambda day: (verified.get(day, datetime.min), day))[: -(-len(ended) // SHARE)]
    return sorted({*ended[-1:], *missed, *overdue, *share, today})


def last_verified(rows: Iterable[tuple[date, datetime]]) -> dict[date, datetime]:
    """When each day was last verified after it had ended.

    :param rows: day and time of every verification, in any order.
    """
    found: dict[date, datetime] = {}
    for day, at in rows:
        if at.date() > day:
            found[day] = max(at, found.get(day, at))
    return found
