"""The business days that a run of a reporting table recomputes, and what its templates may use."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from genims.core.clock import business_day
from genims.core.settings import business_rules, settings
from genims.engine.closed_days import is_closed
from genims.engine.table import LoadedTable, loaded_columns, swaps
from genims.engine.window import HORIZON, Window

RETENTION_MONTHS = 12
# The least that the nightly run recomputes, for rows that sources change or deliver late.
NIGHTLY_LOOKBACK = timedelta(days=45)


def kept_from(today: date) -> date:
    """The first business day that is kept: RETENTION_MONTHS whole months before the month of ``today``."""
    months = today.year * 12 + today.month - 1 - RETENTION_MONTHS
    return date(months // 12, months % 12 + 1, 1)


def window_of(
    table: LoadedTable,
    run_end: datetime,
    now: datetime,
    start: date | None = None,
    end: date | None = None,
    rebuild: bool = False,
    least_lookback: timedelta = timedelta(0),
) -> Window:
    """The business days that one run of a table recomputes.

    A run recomputes its last business day and the lookback before it; the present run also takes rows dated ahead.
    A snapshot is always today's: a rerun of an old hour refreshes today.

    :param table: the table.
    :param run_end: end of the run's data interval, time zone aware.
    :param now: the present instant, time zone aware.
    :param start: first business day that a person asks for; None for no choice.
    :param end: last business day that a person asks for, inclusive; None for no choice.
    :param rebuild: whether to recompute all days that are kept, from ``kept_from`` on, and rows dated ahead.
    :param least_lookback: how far back to go if the table's own lookback is shorter.
    """
    today = business_day(now)
    ahead = today + timedelta(days=1) + HORIZON
    if table.load == "snapshot":
        return Window(today, today + timedelta(days=1), today)
    if table.load == "replace" or rebuild:
        window = Window(kept_from(today), ahead, today)
    elif start or end:
        window = Window(start or end, end + timedelta(days=1) if end else ahead, today)
    else:
        last = business_day(run_end)
        lookback = max(table.lookback, least_lookback)
        window = Window(last - lookback, ahead if last >= today else last + timedelta(days=1), today)
    return window.whole_months() if table.by_month else window


def kept_window(table: LoadedTable, today: date) -> Window:
    """All business days that are kept of a table, and those that are dated ahead.

    :param table: the table.
    :param today: the present business day.
    """
    window = Window(kept_from(today), today + timedelta(days=1) + HORIZON, today)
    return window.whole_months() if table.by_month else window


def template_variables(table: LoadedTable, window: Window, rebuild: bool = False) -> dict:
    """The variables of the templates in ``include/sql/reporting``, ``include/sql/reconcile`` and ``include/sql/load``.

    :param table: the table.
    :param window: the business days of the run.
    :param rebuild: whether the run recomputes all days that are kept.
    """
    return {
        "table": table,
        "window": window,
        "digested": window,
        "rules": business_rules(),
        "target": f"{settings().mysql_reporting_db}.{table.name}",
        "stage": f"{settings().mysql_staging_db}.{table.name}",
        "columns": loaded_columns(table.name),
        "swap": swaps(table, rebuild),
        "is_closed": is_closed,
    }
