"""A source that somebody has emptied must not empty the dashboards: figures that fall by too much are not published.

The rows of a run are compared with what MySQL holds for the same days (of a snapshot: with the newest one), so a
quiet day is no fall, and the last good figures stay the measure however many runs fail in between.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import groupby
from operator import attrgetter

import duckdb
from MySQLdb.connections import Connection

from genims.core.sources import SOURCES
from genims.engine.source_query import SCHEMA, SourceTable
from genims.engine.table import LoadedTable, loaded_columns, target
from genims.engine.window import Window

# A fall beyond this share of what is published is none that a source makes in ordinary business.
MOST_FALL = 0.5
# Fewer rows than this may all go: a small table is legally emptied.
LEAST_ROWS = 20
NUMBERS = ("INT", "BIGINT", "SMALLINT", "TINYINT", "DECIMAL", "DOUBLE", "FLOAT")
MEMBERS = "known_member"
IS_KNOWN = "{0} IS NOT NULL AND CONCAT({0}, '') <> 'UNKNOWN'"


def falls(
    table: LoadedTable,
    window: Window,
    tables: Collection[SourceTable],
    mysql: Connection,
    duck: duckdb.DuckDBPyConnection,
) -> list[str]:
    """What has fallen by more than MOST_FALL against what is published, in words; nothing in ordinary business.

    Rows are counted, and those whose key names a known member. Of the numbers, those that are not zero are counted
    too, but a fall of these counts only where a source table is empty now: numbers such as open orders may well fall.

    :param table: the table, whose new rows are in DuckDB's table ``staged``.
    :param window: the business days of the run.
    :param tables: the source tables that its query reads.
    :param mysql: a session that may read what is published.
    :param duck: the DuckDB connection, with the sources attached.
    """
    looks = {"rows": "1"} | {f"rows with a known {column}": IS_KNOWN.format(column) for column in _members(table)}
    numbers = {column: f"{column} <> 0" for column in _numbers(table)}
    before = _counted(_published(table, window, [*looks.values(), *numbers.values()]), mysql)
    if before[0] < LEAST_ROWS:
        return []
    now = _staged([*looks.values(), *numbers.values()], duck)
    fallen = {
        name: f"{name}: {count} are published, {found} were read"
        for name, count, found in zip([*looks, *numbers], before, now, strict=True)
        if count >= LEAST_ROWS and found < count * (1 - MOST_FALL)
    }
    said = [text for name, text in fallen.items() if name in looks]
    if fallen and (empty := list(_empty(tables, duck))):
        said = [f"{name} is empty" for name in empty]
        said += [text if name in looks else f"values of {text}" for name, text in fallen.items()]
    return said


def _members(table: LoadedTable) -> list[str]:
    return [column for check in table.checks if check.name == MEMBERS for column in check.columns]


def _numbers(table: LoadedTable) -> list[str]:
    columns = target(table.name).columns
    return [name for name in loaded_columns(table.name) if columns[name].type.upper().startswith(NUMBERS)]


def _published(table: LoadedTable, window: Window, conditions: list[str]) -> str:
    sums = ", ".join(f"COALESCE(SUM({condition}), 0)" for condition in conditions)
    period = table.period_column
    days = {
        "replace": "TRUE",
        "snapshot": f"{period} = (SELECT MAX({period}) FROM {table.name} WHERE {period} <= DATE '{window.today}')",
    }.get(table.load, window(period))
    return f"SELECT {sums} FROM {table.name} WHERE {days}"


def _counted(select: str, mysql: Connection) -> list[int]:
    with mysql.cursor() as cursor:
        cursor.execute(select)
        return [int(count) for count in cursor.fetchone()]


def _staged(conditions: list[str], duck: duckdb.DuckDBPyConnection) -> list[int]:
    counts = ", ".join(f"count(*) FILTER (WHERE {'TRUE' if each == '1' else each})" for each in conditions)
    return list(duck.execute(f"SELECT {counts} FROM staged").fetchone())


def _empty(tables: Collection[SourceTable], duck: duckdb.DuckDBPyConnection) -> Iterator[str]:
    for database, group in groupby(sorted(tables), key=attrgetter("database")):
        looks = " UNION ALL ".join(
            f"SELECT '{each.table}' AS name WHERE NOT EXISTS (SELECT FROM {SCHEMA}.\"{each.table}\")" for each in group
        )
        for (name,) in duck.execute(f"FROM postgres_query('{database}', $${looks}$$)").fetchall():
            yield f"{SOURCES[database]}.{name}"
