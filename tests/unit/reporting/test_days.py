"""Which business days a run recomputes."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

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
