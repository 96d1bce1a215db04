"""The window: whole periods, bounded at both ends, the same for the SELECT and the DELETE."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genims.engine.table import LoadedTable
from genims.engine.window import HORIZON, Window
from genims.reporting.days import window_of

DAYS = st.dates(date(2000, 1, 1), date(2100, 1, 1))


def table(load="window", period="production_date", lookback=7) -> LoadedTable:
    return LoadedTable(
        name="example",
        description="An example.",
        category="performance",
        reads=("erp",),
        grain=(period, "factory_id"),
        load=load,
        owner="operations",
        path=Path("example.sql"),
        lookback=timedelta(days=lookback) if load == "window" else None,
    )


def at(day: date, hour: int = 10) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


def test_an_empty_window_is_refused():
    with pytest.raises(ValueError, match="empty window"):
        Window(date(2026, 1, 2), date(2026, 1, 2), date(2026, 1, 2))


def test_both_ends_bound_the_condition():
    window = Window(date(2026, 1, 30), date(2026, 2, 2), date(2026, 2, 1))
    assert window("wo.day") == "(wo.day >= DATE '2026-01-30' AND wo.day < DATE '2026-02-02')"


def test_months_are_compared_as_text():
    window = Window(date(2026, 1, 30), date(2026, 2, 2), date(2026, 2, 1)).whole_months()
    assert window("period_month") == "(period_month >= '2026-01' AND period_month < '2026-03')"


@given(DAYS, st.integers(1, 800))
def test_whole_months_hold_the_window_and_no_further_month(start, length):
    window = Window(start, start + timedelta(days=length), start)
    months = window.whole_months()
    assert months.start <= window.start and window.end <= months.end
    assert months.start.day == months.end.day == 1
    assert months.start.replace(day=1) == window.start.replace(day=1)
    assert (months.end - timedelta(days=1)).replace(day=1) == (window.end - timedelta(days=1)).replace(day=1)


@given(DAYS)
def test_the_present_run_takes_the_lookback_and_what_is_dated_ahead(today):
    window = window_of(table(), run_end=at(today), now=at(today))
    assert window == Window(today - timedelta(days=7), today + timedelta(days=1) + HORIZON, today)


@given(DAYS, st.integers(1, 400))
def test_an_old_run_touches_its_own_days_alone(today, age):
    old = today - timedelta(days=age)
    window = window_of(table(), run_end=at(old), now=at(today))
    assert window == Window(old - timedelta(days=7), old + timedelta(days=1), today)


@given(DAYS, st.integers(0, 400))
def test_a_snapshot_is_always_of_today(today, age):
    window = window_of(table("snapshot"), run_end=at(today - timedelta(days=age)), now=at(today))
    assert window == Window(today, today + timedelta(days=1), today)


def test_the_operator_chooses_days_both_included():
    day = date(2026, 3, 5)
    window = window_of(table(), at(day), at(day), start=date(2026, 3, 1), end=date(2026, 3, 2))
    assert (window.start, window.end) == (date(2026, 3, 1), date(2026, 3, 3))


def test_without_a_last_day_the_operator_gets_all_that_follow():
    day = date(2026, 3, 5)
    assert window_of(table(), at(day), at(day), start=date(2026, 3, 1)).end == date(2026, 3, 6) + HORIZON


def test_a_rebuild_takes_twelve_whole_months_and_what_is_dated_ahead():
    day = date(2028, 2, 29)
    window = window_of(table(), at(day), at(day), rebuild=True)
    assert (window.start, window.end) == (date(2027, 2, 1), date(2028, 3, 1) + HORIZON)


def test_a_monthly_table_gets_whole_months():
    day = date(2026, 3, 5)
    window = window_of(table(period="period_month"), at(day), at(day))
    assert window.start == date(2026, 2, 1) and window.end.day == 1


def test_days_follow_the_configured_time_zone(monkeypatch):
    from genims.core import settings

    monkeypatch.setenv("GENIMS_TIMEZONE", "Asia/Tokyo")
    settings.settings.cache_clear()
    try:
        instant = datetime(2026, 3, 1, 20, tzinfo=UTC)
        assert window_of(table("snapshot"), instant, instant).start == date(2026, 3, 2)
    finally:
        settings.settings.cache_clear()
