"""Compares a reporting table with its sources, by sums that the source server itself computes.

``include/sql/reconcile/<table>.sql`` names one source database and selects, for each value of the table's
first grain column, the totals of columns that may be added. It is written independently of the table's query.
"""

from __future__ import annotations

import logging
import re
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from psycopg.rows import dict_row

from genims.core import connections
from genims.core.errors import ReconciliationError
from genims.core.sources import SOURCES
from genims.engine.checks import FAIL, WARN, CheckResult, results_table
from genims.engine.run_log import Progress
from genims.engine.table import LoadedTable
from genims.engine.window import Window
from genims.hooks.mysql import GenimsMySqlHook
from genims.hooks.postgres import connect
from genims.reporting.days import NIGHTLY_LOOKBACK, window_of

log = logging.getLogger(__name__)

HEADER = re.compile(r"\A/\* --- source: (\w+) --- \*/\n")
KEPT = 50

# The totals of each period, by column.
Totals = dict[str, dict[str, Decimal]]


@dataclass(frozen=True)
class Difference:
    """A total that differs between a source and MySQL.

    :param measure: the column that was added up.
    :param period: the business day, month or year, as text.
    :param source: the name of the source database on its server.
    :param in_source: its total.
    :param in_mysql: the total of MySQL.
    """

    measure: str
    period: str
    source: str
    in_source: Decimal
    in_mysql: Decimal

    def __str__(self) -> str:
        return f"{self.period}: {self.source} has {self.in_source}, MySQL has {self.in_mysql}"


def reconcile(table: LoadedTable, window: Window, sql: str, now: datetime, progress: Progress) -> None:
    """Compare a table with its sources; log the differences and keep them for the run log.

    :param table: the table to compare.
    :param window: the business days to compare.
    :param sql: the rendered query of ``include/sql/reconcile``.
    :param now: the present instant, time zone aware.
    :param progress: receives the number of periods and the differences.
    :raises ReconciliationError: periods that must agree do not; the message names them, the columns and both values.
    """
    progress.rows_read, found = compare(table, window, sql)
    results = sorted((_result(table, difference, now) for difference in found), key=lambda result: result.level)
    progress.checks = results[:KEPT] or [CheckResult("reconciliation", None, FAIL)]
    if not results:
        log.info("%s agrees with its sources in all of %d periods.", table.name, progress.rows_read)
        return
    log.warning(
        "%d totals of %s differ, %d of them are shown:\n%s",
        len(results),
        table.name,
        len(progress.checks),
        results_table(progress.checks),
    )
    if failed := [result for result in results if result.level == FAIL]:
        raise ReconciliationError(
            f"{table.name}: {len(failed)} totals differ from the sources, although their periods have just been "
            "recomputed:\n  "
            + "\n  ".join(f"{result.column} of {table.period_column} {result.example}" for result in failed[:KEPT])
            + f"\nClear the task {table.name} of this run with all that follow it. What differs again is a fault in "
            f"include/sql/reporting/{table.name}.sql or include/sql/reconcile/{table.name}.sql."
        )


def compare(table: LoadedTable, window: Window, sql: str) -> tuple[int, list[Difference]]:
    """The number of periods that the source holds, and every total that differs in MySQL.

    :param table: the table to compare.
    :param window: the business days to compare.
    :param sql: the rendered query of ``include/sql/reconcile``.
    """
    database = _source_of(table, sql)
    measures, expected = _source_totals(database, sql, table.period_column)
    found = _mysql_totals(table, measures, window)
    return len(expected), [
        Difference(measure, period, SOURCES[database], in_source, in_mysql)
        for period in sorted(set(expected) | set(found))
        for measure in measures
        if (in_source := expected.get(period, {}).get(measure, Decimal(0)))
        != (in_mysql := found.get(period, {}).get(measure, Decimal(0)))
    ]


def _result(table: LoadedTable, difference: Difference, now: datetime) -> CheckResult:
    return CheckResult("reconciliation", difference.measure, _level(table, difference.period, now), 1, str(difference))


def _level(table: LoadedTable, period: str, now: datetime) -> str:
    """How serious the difference of a period is.

    ``fail`` for a past period that the nightly run has just recomputed: table and sources must agree.
    ``warn`` for periods that may differ: today and days ahead change during the comparison, and days before those of
    the nightly run may have changed after their last load.
    """
    if table.load == "replace":
        return FAIL
    recomputed = window_of(table, run_end=now, now=now, least_lookback=NIGHTLY_LOOKBACK)
    form = "%Y-%m" if table.by_month else "%Y-%m-%d"
    return FAIL if f"{recomputed.start:{form}}" <= period < f"{recomputed.today:{form}}" else WARN


def _source_of(table: LoadedTable, sql: str) -> str:
    """The short name of the database that a reconciliation query reads."""
    header = HEADER.match(sql)
    if not header or header[1] not in SOURCES:
        raise ValueError(
            f"include/sql/reconcile/{table.name}.sql: expected to begin with '/* --- source: <database> --- */', "
            f"found {sql[:40]!r}"
        )
    return header[1]


def _source_totals(database: str, sql: str, period_column: str) -> tuple[list[str], Totals]:
    """The columns that the query adds up, and their totals."""
    source = connections.connection(connections.source_id(database))
    with (
        closing(connect(source, "genims_reconciliation")) as connection,
        connection.cursor(row_factory=dict_row) as cursor,
    ):
        cursor.execute(sql)
        measures = sorted(column.name for column in cursor.description if column.name != period_column)
        return measures, {
            str(row[period_column]): {measure: Decimal(str(row[measure] or 0)) for measure in measures}
            for row in cursor.fetchall()
        }


def _mysql_totals(table: LoadedTable, measures: list[str], window: Window) -> Totals:
    sums = ", ".join(f"SUM({measure})" for measure in measures)
    bounds = "" if table.load == "replace" else f"WHERE {window(table.period_column)}"
    with closing(GenimsMySqlHook(connections.REPORTING).get_conn()) as connection, connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {table.period_column}, {sums} FROM {table.name} {bounds} GROUP BY {table.period_column}"
        )
        return {
            str(row[0]): dict(zip(measures, (Decimal(str(value or 0)) for value in row[1:]), strict=True))
            for row in cursor.fetchall()
        }
