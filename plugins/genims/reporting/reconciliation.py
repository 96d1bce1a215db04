"""Compares a reporting table with its sources, by sums that the source server itself computes.

``include/sql/reconcile/<table>.sql`` consists of parts. Each names one source database, and the rows that come from it
where others do not, and selects, for each value of the table's first grain column, the totals of columns that may be
added. It is written independently of the table's query. A total that it cannot tell, because the period has documents
in a foreign currency, is NaN and is not compared. The last part may be the identities that every row must fulfil.
"""

from __future__ import annotations

import logging
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from time import sleep

from psycopg.rows import dict_row

from genims.core import connections
from genims.core.errors import ReconciliationError
from genims.core.settings import settings
from genims.core.sources import SOURCES
from genims.engine import digests
from genims.engine.checks import FAIL, WARN, CheckResult, results_table
from genims.engine.closed_days import closed_periods
from genims.engine.run_log import Progress
from genims.engine.source_query import SourceQuery, Statement
from genims.engine.table import LoadedTable
from genims.engine.window import Window
from genims.hooks.mysql import GenimsMySqlHook
from genims.hooks.postgres import connect
from genims.reporting.alterations import altered_columns
from genims.reporting.days import NIGHTLY_LOOKBACK, kept_from, window_of
from genims.reporting.reconciled import Part, decimals, identities, parts
from genims.reporting.source_values import count_no_values

log = logging.getLogger(__name__)

KEPT = 50
ALTERED = "as_published"
# In the place of a source: the other columns of the same row.
ROW = "its own row"
LOOKS = 2
SECONDS_BETWEEN_LOOKS = 2

# The totals of each period, by column.
Totals = dict[str, dict[str, Decimal]]
# Among the totals of MySQL, the number of rows.
ROWS = "*"


@dataclass(frozen=True)
class Difference:
    """A total that differs between a source and MySQL.

    :param measure: the column that was added up.
    :param period: the business day, month or year, as text.
    :param source: the name of the source database on its server, or ROW.
    :param in_source: its total.
    :param in_mysql: the total of MySQL.
    """

    measure: str
    period: str
    source: str
    in_source: Decimal | None
    in_mysql: Decimal | None

    def __str__(self) -> str:
        return f"{self.period}: {self.source} has {self.in_source}, MySQL has {self.in_mysql}"


@dataclass(frozen=True)
class Alteration:
    """A period of which MySQL holds other rows than were published.

    :param period: the business day or month, as text.
    :param published: the digest of the rows that were published with their number, or None for no rows.
    :param found: the same of the rows that are found.
    :param columns: the columns that differ from the sources, with examples; None where no source can tell.
    """

    period: str
    published: str | None
    found: str | None
    columns: str | None = None

    def __str__(self) -> str:
        before, now = (int(digest.split(":")[1]) if digest else 0 for digest in (self.published, self.found))
        found = f"{now} are found" if before != now else "with other values"
        columns = f" ({self.columns})" if self.columns else ""
        return f"{self.period}: {before} rows were published, {found}{columns}"


@dataclass(frozen=True)
class Statements:
    """The rendered statements of one comparison.

    :param sql: the query of ``include/sql/reconcile``.
    :param digest_sql: computes the digests of all periods in MySQL.
    :param table_sql: the table's own query, for all days that are kept.
    """

    sql: str
    digest_sql: str
    table_sql: str


def reconcile(table: LoadedTable, window: Window, statements: Statements, now: datetime, progress: Progress) -> None:
    """Compare a table with its sources, and with what was published; log the differences, keep them for the run log.

    :param table: the table to compare.
    :param window: the business days to compare.
    :param statements: its rendered statements.
    :param now: the present instant, time zone aware.
    :param progress: receives the number of periods and the differences.
    :raises ReconciliationError: periods that must agree do not; the message names them, the columns and both values.
    """
    progress.rows_read, found = compare(table, window, statements.sql)
    progress.digests, altered = compare_digests(table, statements.digest_sql, _first_kept(table, window.today))
    columns = altered_columns(table, statements.table_sql, [each.period for each in altered[:KEPT]]) if altered else {}
    altered = [replace(each, columns=columns.get(each.period)) for each in altered]
    with closing(GenimsMySqlHook(connections.REPORTING).get_conn()) as connection, connection.cursor() as cursor:
        closed = closed_periods(table, cursor)
    results = [_result(table, difference, now, closed) for difference in found]
    results += [CheckResult(ALTERED, None, FAIL, 1, str(period)) for period in altered]
    results += count_no_values(SourceQuery(statements.table_sql).columns)
    results.sort(key=lambda result: result.level)
    progress.checks = results[:KEPT] or [CheckResult("reconciliation", None, FAIL)]
    if not results:
        log.info("%s agrees with its sources in all of %d periods.", table.name, progress.rows_read)
        return
    log.warning(
        "%d deviations of %s, %d of them are shown:\n%s",
        len(results),
        table.name,
        len(progress.checks),
        results_table(progress.checks),
    )
    failed = [result for result in results if result.level == FAIL and result.check != ALTERED]
    if message := "\n".join(filter(None, (_totals_message(table, failed), _altered_message(table, altered)))):
        raise ReconciliationError(message)


def _totals_message(table: LoadedTable, failed: list[CheckResult]) -> str:
    if not failed:
        return ""
    return (
        f"{table.name}: {len(failed)} totals differ from the sources, although their periods have just been "
        "recomputed:\n  "
        + "\n  ".join(f"{result.column} of {table.period_column} {result.example}" for result in failed[:KEPT])
        + f"\nClear the task {table.name} of this run with all that follow it. What differs again is a fault in "
        f"include/sql/reporting/{table.name}.sql or include/sql/reconcile/{table.name}.sql."
    )


def _altered_message(table: LoadedTable, altered: list[Alteration]) -> str:
    if not altered:
        return ""
    return (
        f"{table.name}: {len(altered)} periods are no longer what was published; somebody or something has altered "
        "them in MySQL:\n  "
        + "\n  ".join(f"{table.period_column} {period}" for period in altered[:KEPT])
        + "\nFind out who did it. To put the figures right, trigger reporting_load for this table with from and to, or "
        "with rebuild; past days of a snapshot come back from the backup alone."
    )


def compare(table: LoadedTable, window: Window, sql: str) -> tuple[int, list[Difference]]:
    """Compare the totals of each period in the source with those in MySQL.

    :param table: the table to compare.
    :param window: the business days to compare.
    :param sql: the rendered query of ``include/sql/reconcile``; it may have several parts, each of one source.
    :returns: the number of periods in the sources, and every total that differs.
    """
    periods: set[str] = set()
    differences = []
    for part in parts(table, sql):
        if part.source is None:
            differences += _broken_identities(table, part, window)
            continue
        measures, expected = _source_totals(part, table.period_column)
        found = _mysql_totals(table, part, measures, window)
        periods |= expected.keys()
        differences += [
            Difference(measure, period, SOURCES[part.source], in_source, in_mysql)
            for period in sorted(set(expected) | set(found))
            for measure in measures
            if not (in_source := expected.get(period, {}).get(measure, Decimal(0))).is_nan()
            and not _agree(
                in_source,
                in_mysql := found.get(period, {}).get(measure, Decimal(0)),
                decimals(table, measure),
                found.get(period, {}).get(ROWS, Decimal(0)),
            )
        ]
    return len(periods), differences


def _agree(in_source: Decimal, in_mysql: Decimal, decimals: int, rows: Decimal) -> bool:
    """Whether two totals are equal; one of more decimals than its column has was not rounded by row, as MySQL's was."""
    if -in_source.as_tuple().exponent <= decimals:
        return in_source == in_mysql
    return abs(in_source - in_mysql) <= rows.scaleb(-decimals)


def compare_digests(table: LoadedTable, digest_sql: str, first: str) -> tuple[digests.Digests, list[Alteration]]:
    """What every period must be, and the periods that are not.

    A load may publish between the look at the record and the look at the table, so what deviates is looked at again.

    :param table: the table.
    :param digest_sql: the rendered statement that computes the digests of all periods.
    :param first: the first period that is kept, as text.
    :returns: the digests as on record, with those of periods that no record knows, and the deviations.
    """
    for look in range(LOOKS):
        sleep(look * SECONDS_BETWEEN_LOOKS)
        kept = digests.kept(table)
        with closing(GenimsMySqlHook(connections.REPORTING).get_conn()) as connection, connection.cursor() as cursor:
            found = digests.compute(table, digest_sql, cursor)
        periods = [period for period in kept.periods if period >= first] + list(found.periods)
        altered = [
            Alteration(period, kept.periods.get(period), found.periods.get(period))
            for period in sorted(set(periods))
            if kept.knows(period) and kept.periods.get(period) != found.periods.get(period)
        ]
        if not altered:
            break
    # What deviates stays on record as it was published, until it is published again.
    published = {each.period: each.published for each in altered}
    told = {period: digest for period, digest in (found.periods | published).items() if digest}
    return digests.Digests(found.form, told), altered


def _first_kept(table: LoadedTable, today: date) -> str:
    return f"{kept_from(today):{'%Y-%m' if table.by_month else '%Y-%m-%d'}}"


def _result(table: LoadedTable, difference: Difference, now: datetime, closed: set[str]) -> CheckResult:
    level = WARN if difference.period in closed else _level(table, difference.period, now)
    return CheckResult("reconciliation", difference.measure, level, 1, str(difference))


def _level(table: LoadedTable, period: str, now: datetime) -> str:
    """How serious the difference of a period is.

    ``fail`` for a past period that the nightly run has just recomputed: table and sources must agree.
    ``warn`` for periods that may differ: today and days ahead change during the comparison, and days before those of
    the nightly run may have changed after their last load. So may what is closed, which no load takes over.
    """
    if table.load == "replace":
        return FAIL
    recomputed = window_of(table, run_end=now, now=now, least_lookback=NIGHTLY_LOOKBACK)
    form = "%Y-%m" if table.by_month else "%Y-%m-%d"
    return FAIL if f"{recomputed.start:{form}}" <= period < f"{recomputed.today:{form}}" else WARN


def _source_totals(part: Part, period_column: str) -> tuple[list[str], Totals]:
    """The columns that the query adds up, and their totals."""
    source = connections.connection(connections.source_id(part.source))
    limit = settings().genims_statement_timeout * 1000
    with (
        closing(connect(source, "genims_reconciliation", statement_timeout=limit)) as connection,
        connection.cursor(row_factory=dict_row) as cursor,
    ):
        cursor.execute(Statement(part.source, part.sql).sent())
        measures = sorted(column.name for column in cursor.description if column.name != period_column)
        return measures, {
            str(row[period_column]): {measure: Decimal(str(row[measure] or 0)) for measure in measures}
            for row in cursor.fetchall()
        }


def _mysql_totals(table: LoadedTable, part: Part, measures: list[str], window: Window) -> Totals:
    sums = [*(f"SUM({measure})" for measure in measures), "COUNT(*)"]
    return {
        str(period): dict(zip([*measures, ROWS], (Decimal(str(value or 0)) for value in values), strict=True))
        for period, *values in _by_period(table, sums, window, part.rows)
    }


def _broken_identities(table: LoadedTable, part: Part, window: Window) -> list[Difference]:
    """The columns that are not what other columns of their row make, with the sums of both over such rows."""
    found = identities(table, part)
    sums = [
        f"SUM(CASE WHEN {each.is_broken} THEN {value} END)"
        for each in found
        for value in ("1", each.expression, each.column)
    ]
    return [
        Difference(each.column, str(period), ROW, expected, stored)
        for period, *values in _by_period(table, sums, window)
        for each, broken, expected, stored in zip(found, values[::3], values[1::3], values[2::3], strict=True)
        if broken
    ]


def _by_period(table: LoadedTable, aggregates: list[str], window: Window, rows: str = "TRUE") -> list[tuple]:
    """The aggregates of each period that is compared, after the period; of the rows that fulfil a condition."""
    bounds = "" if table.load == "replace" else f"AND {window(table.period_column)}"
    with closing(GenimsMySqlHook(connections.REPORTING).get_conn()) as connection, connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {table.period_column}, {', '.join(aggregates)} FROM {table.name} "
            f"WHERE {rows} {bounds} GROUP BY {table.period_column} ORDER BY {table.period_column}"
        )
        return list(cursor.fetchall())
