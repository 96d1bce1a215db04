"""Engine time of every reporting table: an hourly run and a full rebuild, on the sources that are configured."""

from __future__ import annotations

from datetime import UTC, datetime

from genims.reporting_load import load
from genims.reporting_run import window_of
from genims.reporting_table import ReportingTable, reporting_tables
from tests.bench.measure import Measurement, best_of
from tests.support.render import statements


def run(rebuild: bool, times: int = 3) -> list[Measurement]:
    """Load every table, tables that read others after them; the last line is the sum of the best times."""
    measured = [best_of(table.name, lambda table=table: once(table, rebuild), times) for table in in_order()]
    total = tuple(sum(seconds) for seconds in zip(*(m.seconds for m in measured), strict=True))
    best = Measurement("all tables, best of each", (sum(m.best for m in measured),), sum(m.rows for m in measured))
    return [*measured, best, Measurement("all tables, by repetition", total, best.rows)]


def in_order() -> list[ReportingTable]:
    return sorted(reporting_tables(), key=lambda table: bool(table.after))


def once(table: ReportingTable, rebuild: bool) -> int:
    now = datetime.now(UTC)
    return load(table, statements(table, window_of(table, now, now, rebuild=rebuild), rebuild))
