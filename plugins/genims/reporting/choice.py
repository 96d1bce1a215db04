"""The form of ``reporting_load``: which tables a person wants loaded, and for which days."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from genims.reporting.days import window_of
from genims.reporting.tables import in_steps, reporting_tables


def chosen_steps(params: dict[str, Any]) -> list[list[str]]:
    """The names of the chosen tables, step by step.

    :param params: of the run: ``tables`` (none stands for all), ``from`` and ``to`` (ISO dates or None), ``rebuild``.
    :raises FormRefused: ``from`` is after ``to``.
    """
    start, end = (date.fromisoformat(params[side]) if params[side] else None for side in ("from", "to"))
    now = datetime.now(UTC)
    tables = [table for table in reporting_tables() if not params["tables"] or table.name in params["tables"]]
    for table in tables:
        window_of(table, run_end=now, now=now, start=start, end=end)
    return in_steps(tables)
