"""The rows of a business day in the tables that close: read, written, digested, and computed aside from the sources.

Which rows are of a day: those that carry it in the column that the table's header names as ``closes``. A month is of
its last day, and so is a quarter of ``financial_ratios``; a snapshot is of the day on which it was taken.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache
from hashlib import sha256

from MySQLdb.cursors import Cursor

from genims.audit.format.canonical import NULL, text
from genims.core import connections
from genims.core.clock import business_day
from genims.engine import mysql_inputs, reading
from genims.engine.checks import FAIL
from genims.engine.load import load, refuse_or_log_checks
from genims.engine.run_log import Progress
from genims.engine.source_query import SourceQuery
from genims.engine.staging import Staging
from genims.engine.table import LoadedTable, loaded_columns, target
from genims.engine.window import Window, first_of_next_month
from genims.hooks.mysql import GenimsMySqlHook
from genims.hooks.sources import SourcesHook
from genims.reporting.days import kept_from
from genims.reporting.rendered import statements
from genims.reporting.tables import reporting_tables

Row = tuple
Key = tuple


@cache
def closing_tables() -> list[LoadedTable]:
    """The tables that the close publishes and closes, each after those that it reads."""
    tables = [table for table in reporting_tables() if table.closes]
    names = {table.name for table in tables}
    return sorted(tables, key=lambda table: bool(names.intersection(table.after)))


@dataclass(frozen=True)
class Figures:
    """The rows of one business day.

    :param day: the business day.
    :param rows: of each table that closes, by its name: values of ``loaded_columns``, in the order of the grain.
    """

    day: date
    rows: dict[str, list[Row]]

    @property
    def count(self) -> int:
        """The number of rows in all tables."""
        return sum(map(len, self.rows.values()))

    @property
    def tables(self) -> dict[str, dict[str, object]]:
        """The number of rows of each table, and their digest."""
        return {name: {"rows": len(rows), "digest": digest(name, rows)} for name, rows in sorted(self.rows.items())}

    @property
    def digest(self) -> str:
        """SHA-256, in hexadecimal, over a line for each table: name, number of rows and digest, parted by tabs."""
        lines = (f"{name}\t{each['rows']}\t{each['digest']}\n" for name, each in self.tables.items())
        return sha256("".join(lines).encode()).hexdigest()


def digest(table: str, rows: list[Row]) -> str:
    """SHA-256, in hexadecimal, over a line with the names of the columns and one for each row, fields parted by tabs.

    Values are as MySQL writes them, texts escaped as for LOAD DATA. When a row was published or closed is not in it.

    :param table: name of the table.
    :param rows: its rows, values of ``loaded_columns`` in the order of the grain.
    """
    lines = ["\t".join(loaded_columns(table)), *("\t".join(map(_field, row)) for row in rows)]
    return sha256("".join(f"{line}\n" for line in lines).encode()).hexdigest()


def _field(value: object) -> str:
    return NULL if value is None else text(str(value))


def condition(table: LoadedTable, day: date) -> str:
    """The SQL condition, in MySQL and DuckDB, that a row is of a business day.

    :param table: a table that closes.
    :param day: the business day.
    """
    if not table.by_month:
        return f"{table.closes} = DATE '{day}'"
    return f"{table.closes} = '{day:%Y-%m}'" if day + timedelta(days=1) == first_of_next_month(day) else "FALSE"


def stored(cursor: Cursor, day: date, tables: list[LoadedTable] | None = None) -> Figures:
    """The figures of a day as the reporting database has them.

    :param cursor: of a session that may read it.
    :param day: the business day.
    :param tables: of these tables alone; None for all that close.
    """
    return Figures(day, {table.name: _stored_rows(cursor, table, day) for table in tables or closing_tables()})


def _stored_rows(cursor: Cursor, table: LoadedTable, day: date) -> list[Row]:
    cursor.execute(
        f"SELECT {', '.join(loaded_columns(table.name))} FROM {table.name} "
        f"WHERE {condition(table, day)} ORDER BY {', '.join(table.grain)}"
    )
    return list(cursor.fetchall())


def write(cursor: Cursor, figures: Figures, state: str, at: datetime) -> None:
    """Put rows in the place of those of their day, in the transaction of the caller, who holds the gate.

    :param cursor: of a session that may write the reporting database.
    :param figures: the rows.
    :param state: their ``close_status``.
    :param at: their ``closed_at``, UTC.
    """
    for table in closing_tables():
        cursor.execute(f"DELETE FROM {table.name} WHERE {condition(table, figures.day)}")
        names = [*loaded_columns(table.name), "close_status", "closed_at"]
        cursor.executemany(
            f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({', '.join(['%s'] * len(names))})",
            [(*row, state, at) for row in figures.rows[table.name]],
        )


def publish(table: LoadedTable, day: date, progress: Progress, last_look: Callable[[], None]) -> int:
    """Load what the sources hold of a day now, as every load does: a closed day keeps its rows.

    A snapshot is of the day on which it is taken, so the one of a day that is over stays as the last load left it.

    :param table: a table that closes.
    :param day: the business day.
    :param progress: records how far the load came.
    :param last_look: is called when all is ready; whatever it raises keeps the rows from being published.
    :returns: the number of rows published.
    """
    window = window_of(table, day, day)
    return load(table, statements(table, window), progress, last_look=last_look)


def window_of(table: LoadedTable, first: date, last: date) -> Window:
    """The business days that a load of some days recomputes.

    :param table: a table that closes.
    :param first: the first day.
    :param last: the last day, included.
    """
    today = business_day()
    if table.load == "replace":
        return Window(kept_from(today), today + timedelta(days=1), today)
    window = Window(first, last + timedelta(days=1), today)
    return window.whole_months() if table.by_month else window


def recomputed(table: LoadedTable, days: Collection[date]) -> dict[date, list[Row]] | None:
    """What the sources say of some days now; nothing is published.

    :param table: a table that closes.
    :param days: the business days.
    :returns: the rows of each day, as ``stored`` gives them; None for a snapshot, of whose past no source knows.
    :raises RejectedRows: rows that could not be published either.
    """
    if table.load == "snapshot":
        return None
    # Checks that only warn were heard when the day was published.
    table = replace(table, checks=tuple(check for check in table.checks if check.level == FAIL))
    rendered = statements(table, window_of(table, min(days), max(days)))
    query = SourceQuery(rendered.sql)
    columns = [target(table.name).columns[name] for name in loaded_columns(table.name)]
    with SourcesHook().open(table.reads) as duck:
        if table.after:
            with closing(GenimsMySqlHook(connections.REPORTING).get_conn()) as mysql:
                mysql_inputs.copy_reporting_tables(query, mysql, duck)
        staging = Staging(duck, table, columns)
        _, results = reading.read(staging, query, reading.sent(rendered.checks_sql))
        refuse_or_log_checks(table, results)
        return {
            day: duck.execute(f"FROM ({staging.select()}) WHERE {condition(table, day)}").fetchall() for day in days
        }
