"""Engine time of every reporting table: an hourly run and a full rebuild, on the sources that are configured."""

from __future__ import annotations

from datetime import UTC, datetime

from genims.engine.load import load
from genims.engine.table import LoadedTable
from genims.reporting.days import window_of
from genims.reporting.tables import reporting_tables
from tests.bench.measure import Measurement, Section, best_of
from tests.support.render import statements


def run(name: str, rebuild: bool, floor: Measurement, times: int = 3) -> Section:
    """Load every table, tables that read others after them; the last lines are the sums of all tables."""
    measured = [best_of(table.name, lambda table=table: once(table, rebuild), times) for table in in_order()]
    rows = sum(m.rows for m in measured)
    best = Measurement("all tables, best of each", (sum(m.best for m in measured),), rows)
    repetitions = zip(*(m.seconds for m in measured), strict=True)
    total = Measurement("all tables, by repetition", tuple(sum(seconds) for seconds in repetitions), rows)
    title = "Engine time of a full rebuild" if rebuild else "Engine time of an hourly run"
    return Section(name, title, floor, [*measured, best, total])


def in_order() -> list[LoadedTable]:
    return sorted(reporting_tables(), key=lambda table: bool(table.after))


def once(table: LoadedTable, rebuild: bool) -> int:
    now = datetime.now(UTC)
    return load(table, statements(table, window_of(table, now, now, rebuild=rebuild), rebuild))
