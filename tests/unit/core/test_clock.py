"""One function says what the business day is."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

import pytest

from genims.core import clock
from genims.core.paths import ROOT, SQL
from genims.core.settings import settings

ROOMS = ("reporting", "engine", "transfers", "operators", "close")
# What derives a day from a clock: in Python, in MySQL, in DuckDB and PostgreSQL.
OTHER_WAYS = re.compile(
    r"utc_now\(\)\.date\(\)|\.now\([^)]*\)\.date\(\)|\.astimezone\([^)]*\)\.date\(\)|\btoday\(\)"
    r"|\bCURRENT_DATE\b|\bCURDATE\b|\bUTC_DATE\b|\bNOW\(\)|\bCURRENT_TIMESTAMP\b|\blocaltimestamp\b",
    re.IGNORECASE,
)


@pytest.mark.parametrize(
    ("zone", "at", "day"),
    [
        ("UTC", datetime(2026, 11, 30, 23, 59, 59, tzinfo=UTC), date(2026, 11, 30)),
        ("Asia/Kolkata", datetime(2026, 11, 30, 18, 29, 59, tzinfo=UTC), date(2026, 11, 30)),
        ("Asia/Kolkata", datetime(2026, 11, 30, 18, 30, tzinfo=UTC), date(2026, 12, 1)),
        ("America/New_York", datetime(2026, 12, 1, 4, 59, tzinfo=UTC), date(2026, 11, 30)),
    ],
)
def test_the_business_day_is_that_of_its_time_zone(monkeypatch, zone, at, day):
    monkeypatch.setenv("GENIMS_TIMEZONE", zone)
    settings.cache_clear()
    try:
        assert clock.business_day(at) == day
        assert clock.business_day(clock.utc_start_of(day).replace(tzinfo=UTC)) == day
    finally:
        settings.cache_clear()


def test_a_day_of_summer_time_begins_at_its_own_midnight(monkeypatch):
    monkeypatch.setenv("GENIMS_TIMEZONE", "Europe/Berlin")
    settings.cache_clear()
    try:
        long_day = clock.utc_start_of(date(2026, 10, 26)) - clock.utc_start_of(date(2026, 10, 25))
        assert long_day.total_seconds() == 25 * 3600
    finally:
        settings.cache_clear()


def test_nothing_else_reads_a_day_from_a_clock():
    files = [path for room in ROOMS for path in (ROOT / "plugins" / "genims" / room).glob("**/*.py")]
    files += [path for folder in ("reporting", "reconcile", "checks", "load", "macros", "close") for path in
              (SQL / folder).glob("**/*.sql")]  # fmt: skip
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}" for path in files for match in OTHER_WAYS.finditer(path.read_text())
    ]
    assert not found
