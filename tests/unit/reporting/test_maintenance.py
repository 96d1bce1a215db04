"""When maintenance does its monthly part, what is kept, and the table in its log."""

from contextlib import nullcontext
from datetime import UTC, date, datetime
from unittest.mock import Mock

import pytest
from airflow.sdk.exceptions import AirflowSkipException

from genims.core.text_table import text_table
from genims.reporting import maintenance
from genims.reporting.days import RETENTION_MONTHS, kept_from, window_of
from genims.reporting.maintenance import is_monthly
from genims.reporting.tables import reporting_tables


@pytest.mark.parametrize(
    ("today", "kept"),
    [
        (date(2026, 11, 24), date(2025, 11, 1)),
        (date(2026, 12, 1), date(2025, 12, 1)),
        (date(2026, 1, 31), date(2025, 1, 1)),
        (date(2024, 2, 29), date(2023, 2, 1)),
    ],
)
def test_twelve_whole_months_and_the_present_one_are_kept(today, kept):
    assert RETENTION_MONTHS == 12
    assert kept_from(today) == kept


def test_a_rebuild_begins_where_the_purge_ends():
    now = datetime(2026, 3, 31, 23, 30, tzinfo=UTC)
    for table in reporting_tables():
        if table.load == "window":
            assert window_of(table, now, now, rebuild=True).start == kept_from(now.date())


@pytest.mark.parametrize(
    ("run_after", "asked_for", "monthly"),
    [
        (datetime(2026, 11, 1, 4, 30, tzinfo=UTC), False, True),
        (datetime(2026, 11, 7, 4, 30, tzinfo=UTC), False, True),
        (datetime(2026, 11, 8, 4, 30, tzinfo=UTC), False, False),
        (datetime(2026, 11, 29, 4, 30, tzinfo=UTC), False, False),
        (datetime(2026, 11, 29, 4, 30, tzinfo=UTC), True, True),
    ],
)
def test_the_monthly_part_belongs_to_the_first_week(run_after, asked_for, monthly):
    assert is_monthly(run_after, asked_for) is monthly


def test_a_server_that_counts_no_statements_is_named(monkeypatch):
    cursor = Mock(fetchone=lambda: {"counts": 0})
    monkeypatch.setattr(maintenance, "_session", lambda: nullcontext(cursor))
    with pytest.raises(AirflowSkipException, match="performance_schema to ON"):
        maintenance.slow_statements("SELECT 1;")


def test_rows_are_aligned_below_their_names():
    rows = [{"table_name": "a", "rows": 1200}, {"table_name": "longer_name", "rows": None}]
    assert text_table(rows) == "table_name   rows\na            1200\nlonger_name"
    assert text_table([]) == "(none)"
