"""The source contract: what a query reads, compared with the live sources before it runs, and again afterwards.

A source that drops or retypes a column then fails only the tables that read it, and says so by name, instead of
failing somewhere inside a join. A source that hides rows, doubles them, or holds numbers that DuckDB would read as
others is refused likewise. A source that changes its tables while it is read is read again.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import duckdb

from genims.core.errors import SourceChanged, SourceContractError
from genims.core.paths import sql
from genims.core.sources import SOURCES
from genims.core.sql_text import literal
from genims.engine.source_query import SCHEMA, SourceColumn, SourceQuery, SourceTable, declared, expected_type
from genims.hooks import postgres
from genims.hooks.sources import AT_ONCE, lift_time_limit

EXAMPLES = 3
# The most digits of a number that DuckDB reads as it is; one with more it makes a floating-point number.
MOST_DIGITS = 38
NUMERIC = re.compile(r"(?:numeric|decimal)\((\d+)(?:, *(-?\d+))?\)")


@dataclass(frozen=True)
class LiveTable:
    """A source table at this moment.

    :param state: what is another as soon as the table's rows or columns may be others without a row having
        been written: by TRUNCATE, ALTER TABLE, or another table under its name.
    :param hides_rows: whether row level security keeps rows from us.
    :param is_ours: whether the session that asked has the settings of ``genims.hooks.postgres``.
    :param has_time_limit: whether its transactions end after some time.
    :param columns: its columns in order, by name, with their types.
    :param unique_keys: the columns of each unique index.
    """

    state: tuple
    hides_rows: bool
    is_ours: bool
    has_time_limit: bool
    columns: Mapping[str, str]
    unique_keys: tuple[frozenset[str], ...]


Catalogue = dict[SourceTable, LiveTable]


def columns_read(text: str, databases: Collection[str] = tuple(SOURCES)) -> set[SourceColumn]:
    """Every column of the given databases that a rendered query reads, also inside ``postgres_query``.

    :param text: the rendered query.
    :param databases: short names; REPORTING stands for reporting tables that a query reads.
    :raises QueryError: the query cannot be parsed.
    """
    return SourceQuery(text).columns_of(databases)


def meaning(type_name: str) -> str:
    """The part of a PostgreSQL type that a query depends on.

    A longer varchar or a wider numeric changes nothing; a numeric that loses its scale does, or one that DuckDB cannot
    read exactly.
    """
    words = type_name.lower().replace(" without time zone", "")
    base, _, modifier = words.partition("(")
    if base in ("character varying", "varchar", "text", "character", "char", "bpchar"):
        return "text"
    if base in ("smallint", "integer", "bigint", "serial", "bigserial", "smallserial"):
        return "integer"
    if base in ("numeric", "decimal"):
        return _meaning_of_number(words) if modifier else "numeric without scale"
    return re.sub(r"\(\d+\)", "", words)


def _meaning_of_number(words: str) -> str:
    match = NUMERIC.fullmatch(words)
    precision, scale = int(match[1]), int(match[2] or 0)
    return "exact decimal" if 0 <= scale <= precision <= MOST_DIGITS else "numeric that cannot be read exactly"


def check(query: SourceQuery, connection: duckdb.DuckDBPyConnection) -> Catalogue:
    """Compare what a query reads with the live sources.

    :param query: the query.
    :param connection: DuckDB connection with the sources attached.
    :returns: the source tables that it reads.
    :raises SourceContractError: a column is missing, has another meaning or cannot be read exactly; rows are hidden
        from us, or there twice.
    """
    live = catalogue(query.tables, connection)
    if limited := {table.database for table, found in live.items() if found.has_time_limit}:
        lift_time_limit(limited)
        live = catalogue(query.tables, connection)
    differences = [difference for table in sorted(query.tables) for difference in _hidden(table, live.get(table))]
    differences += [
        difference
        for column in sorted(query.columns)
        for difference in _difference(column, live.get(SourceTable(column.database, column.table)))
    ]
    if not differences:
        differences = [twice for table in sorted(query.tables) for twice in _repeated(table, live[table], connection)]
    if differences:
        raise SourceContractError(
            "The sources are not what this query needs:\n  "
            + "\n  ".join(differences)
            + "\nRestore the column in the source, or change schema/sources and this query to what is there now."
        )
    return live


def require_unchanged(before: Catalogue, connection: duckdb.DuckDBPyConnection) -> None:
    """Make sure that what was read is what was committed.

    A snapshot shows the rows of its moment, but the tables of the present: one that was reloaded in between, in one
    transaction, is empty in it. So no table may have changed from before the snapshot until all is read.

    :param before: the tables, as ``check`` found them before the snapshot was taken.
    :param connection: DuckDB connection with the sources attached, outside of a transaction.
    :raises SourceChanged: one was reloaded, retyped or replaced meanwhile; to read again heals it.
    """
    after = catalogue(before, connection)
    changed = [table for table in sorted(before) if table not in after or after[table].state != before[table].state]
    if changed:
        names = ", ".join(f"{SOURCES[table.database]}.{table.table}" for table in changed)
        raise SourceChanged(
            f"Expected source tables that stay the same while they are read, but {names}: reloaded, altered or "
            "replaced in the meantime. Nothing was published. Wait until that is over; the task tries again by itself."
        )


def catalogue(tables: Collection[SourceTable], connection: duckdb.DuckDBPyConnection) -> Catalogue:
    """What the sources say now of some of their tables; one that is missing there is missing here.

    :param tables: the tables.
    :param connection: DuckDB connection with the sources attached.
    """
    names = defaultdict(set)
    for table in tables:
        names[table.database].add(table.table)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = pool.map(partial(_live_tables, connection), names, names.values())
    return {table: live for part in found for table, live in part.items()}


def _live_tables(connection: duckdb.DuckDBPyConnection, database: str, tables: Collection[str]) -> Catalogue:
    statement = sql("load/source_catalogue").replace("{tables}", ", ".join(sorted(map(literal, tables))))
    cursor = connection.cursor().execute(f"FROM postgres_query('{database}', {literal(statement)})")
    relations = defaultdict(list)
    for row in map(_Relation._make, cursor.fetchall()):
        relations[row.name].append(row)
    return {
        SourceTable(database, name): _live_table(rows)
        for name, rows in relations.items()
        if any(row.is_named for row in rows)
    }


class _Relation(NamedTuple):
    """A row of ``source_catalogue.sql``."""

    name: str
    is_named: bool
    place: str
    hides_rows: bool
    is_ours: bool
    has_time_limit: bool
    columns: str
    unique_keys: str | None
    rules: str | None


def _live_table(relations: list[_Relation]) -> LiveTable:
    [named] = [relation for relation in relations if relation.is_named]
    columns = json.loads(named.columns or "[]")
    names = {number: name for number, name, _ in columns}
    # An index says nothing of rows that are in tables which inherit from its own; one of a partitioned table does.
    keys = (named.unique_keys or "").split(",") if len(relations) == 1 or named.place.endswith(" p") else []
    return LiveTable(
        state=tuple(relations),
        hides_rows=any(relation.hides_rows for relation in relations),
        is_ours=named.is_ours,
        has_time_limit=named.has_time_limit,
        columns={name: type_name for _, name, type_name in columns},
        unique_keys=tuple(_key(key, names) for key in keys if key),
    )


def _key(text: str, names: Mapping[int, str]) -> frozenset[str]:
    numbers, _, count = text.partition("/")
    return frozenset(names[int(number)] for number in numbers.split()[: int(count)])


def _hidden(table: SourceTable, live: LiveTable | None) -> list[str]:
    place = f"database {SOURCES[table.database]}, table {table.table}"
    if live is None:
        return [f"{place}: found no such table"]
    if not live.is_ours:
        return [f"database {SOURCES[table.database]}: the server {postgres.POOLED}"]
    if live.hides_rows:
        return [
            f"{place}: expected all rows, but row level security hides some from our user. "
            "Give it BYPASSRLS, or switch row level security off for this table"
        ]
    return []


def _difference(column: SourceColumn, live: LiveTable | None) -> list[str]:
    place = f"database {SOURCES[column.database]}, table {column.table}, column {column.column}"
    expected = expected_type(column)
    if expected is None:
        return [
            f"{place}: expected to be declared in schema/sources/{SOURCES[column.database]}.sql, found nothing there"
        ]
    if live is None:
        return [f"{place}: expected {expected}, found no such table"]
    if column.column not in live.columns:
        return [f"{place}: expected {expected}, found no such column; the table has {', '.join(live.columns)}"]
    found = live.columns[column.column]
    if meaning(found) != meaning(expected) or not is_exact(found):
        return [f"{place}: expected {expected}, found {found}"]
    return []


def is_exact(type_name: str) -> bool:
    """Whether values of a PostgreSQL type arrive as they are, on any worker.

    An instant with a time zone does not: DuckDB shows it in the zone of the process that reads it.
    """
    words = type_name.lower()
    return "with time zone" not in words.replace("without", "") and "timestamptz" not in words and "timetz" not in words


def _repeated(table: SourceTable, live: LiveTable, connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Rows with the same key, unless an index says that there are none."""
    schema = declared(table)
    key = schema.primary_key if schema else ()
    if not key or not live.columns.keys() >= set(key) or any(unique <= set(key) for unique in live.unique_keys):
        return []
    names = ", ".join(f'"{name}"' for name in key)
    found = connection.cursor().execute(
        f"FROM postgres_query('{table.database}', $$SELECT concat_ws(', ', {names}) AS key, count(*) AS times "
        f'FROM {SCHEMA}."{table.table}" GROUP BY {names} HAVING count(*) > 1 ORDER BY {names}$$)'
    )
    rows = found.fetchall()
    if not rows:
        return []
    examples = "; ".join(f"{value} {times} times" for value, times in rows[:EXAMPLES])
    return [
        f"database {SOURCES[table.database]}, table {table.table}: expected one row for each ({', '.join(key)}), found "
        f"{len(rows)} of them more than once: {examples}. Remove the repeated rows and give the table a unique index"
    ]
