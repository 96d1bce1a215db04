"""The source contract: the columns that a query reads, compared with the live catalog before it runs.

If a source drops or retypes a column, only the tables that read it fail, with an error that names the column,
not somewhere inside a join.
"""

from __future__ import annotations

import gc
import re
from collections import defaultdict
from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial

import duckdb
import sqlglot
from sqlglot import exp
from sqlglot.optimizer.scope import Scope, traverse_scope

from genims.core import ddl
from genims.core.errors import QueryError, SourceContractError
from genims.core.paths import REPORTING_SCHEMA, SOURCE_SCHEMAS
from genims.core.sources import SOURCES
from genims.core.sql_text import literal
from genims.hooks.sources import AT_ONCE

# The name under which a query reads other reporting tables.
REPORTING = "reporting"


@dataclass(frozen=True, order=True)
class SourceColumn:
    """A column of a source table.

    :param database: short name of the source database, or REPORTING.
    :param table: name of the table.
    :param column: name of the column.
    :param by_server: whether PostgreSQL itself reads it, inside ``postgres_query``, and DuckDB sees the result alone.
    """

    database: str
    table: str
    column: str
    by_server: bool = field(default=False, compare=False)


def expected_type(column: SourceColumn) -> str | None:
    """The type that ``schema/`` declares for a column; None where it declares no such column."""
    reporting = column.database == REPORTING
    declared_in = REPORTING_SCHEMA if reporting else SOURCE_SCHEMAS / f"{SOURCES[column.database]}.sql"
    table = ddl.tables(declared_in).get(column.table)
    declared = table.columns.get(column.column) if table else None
    return declared.type if declared else None


def columns_read(sql: str, databases: Collection[str] = tuple(SOURCES)) -> set[SourceColumn]:
    """Every column of the given databases that a rendered query reads, including those inside ``postgres_query``.

    :param sql: the rendered query.
    :param databases: short names of source databases, or REPORTING for the reporting tables that a query reads.
    :raises QueryError: the query cannot be parsed.
    """
    with _no_garbage_collection():
        try:
            tree = sqlglot.parse_one(sql, dialect="duckdb")
        except sqlglot.ParseError as error:
            [first, *_] = error.errors
            place = f"line {first['line']}, column {first['col']}, at {first['highlight']!r}"
            raise QueryError(f"The query cannot be parsed: {place}: {first['description']}") from error
        found = _columns_of(tree, "", databases)
        for call in tree.find_all(exp.Anonymous):
            if call.name.lower() == "postgres_query":
                database, inner = (argument.name for argument in call.expressions[:2])
                columns = _columns_of(sqlglot.parse_one(inner, dialect="postgres"), database, databases)
                found |= {replace(column, by_server=True) for column in columns}
    return found


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """Parsing makes many objects and no garbage; searching all objects of Airflow for it would double the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _columns_of(tree: exp.Expression, database: str, databases: Collection[str]) -> set[SourceColumn]:
    found = set()
    for scope in traverse_scope(tree):
        sources = {
            alias: (source.db or database, source.name)
            for alias, source in _visible_sources(scope).items()
            if isinstance(source, exp.Table) and source.name and (source.db or database) in databases
        }
        names = [(column.table, column.name) for column in scope.columns]
        names += [
            ("", name.name)
            for join in scope.expression.args.get("joins") or []
            for name in join.args.get("using") or []
        ]
        for alias, name in names:
            owners = [sources[alias]] if alias in sources else list(sources.values()) if not alias else []
            candidates = [SourceColumn(*owner, name) for owner in owners]
            found |= {column for column in candidates if alias or expected_type(column)}
    return found


def _visible_sources(scope: Scope) -> dict:
    """The tables that a column of this scope may belong to, including those of outer queries."""
    outer = _visible_sources(scope.parent) if scope.parent else {}
    return {**outer, **scope.sources}


def meaning(type_name: str) -> str:
    """The part of a PostgreSQL type that a query depends on.

    A longer varchar or a wider numeric changes nothing. A numeric that loses its scale does: DuckDB then reads it
    as a floating-point number.

    :param type_name: the type, as ``schema/`` or ``format_type`` writes it.
    """
    words = type_name.lower().replace(" without time zone", "")
    base, _, modifier = words.partition("(")
    if base in ("character varying", "varchar", "text", "character", "char", "bpchar"):
        return "text"
    if base in ("smallint", "integer", "bigint", "serial", "bigserial", "smallserial"):
        return "integer"
    if base in ("numeric", "decimal"):
        return "exact decimal" if modifier else "numeric without scale"
    return re.sub(r"\(\d+\)", "", words)


def check(columns: Collection[SourceColumn], connection: duckdb.DuckDBPyConnection) -> None:
    """Compare what a query reads with the live sources.

    :param columns: what the query reads, as ``columns_read`` finds it.
    :param connection: DuckDB connection with the sources attached.
    :raises SourceContractError: a column is missing or has another meaning.
    """
    read = defaultdict(set)
    for column in columns:
        read[column.database].add(column)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        live = dict(zip(read, pool.map(partial(_live_types, connection), read.values()), strict=True))

    differences = [
        difference
        for column in sorted(columns)
        for difference in _difference(column, live[column.database].get(column.table))
    ]
    if differences:
        raise SourceContractError(
            "The sources are not what this query needs:\n  "
            + "\n  ".join(differences)
            + "\nRestore the column in the source, or change schema/sources and this query to match the source."
        )


def _difference(column: SourceColumn, live: dict[str, str] | None) -> list[str]:
    place = f"database {SOURCES[column.database]}, table {column.table}, column {column.column}"
    expected = expected_type(column)
    if expected is None:
        return [
            f"{place}: expected to be declared in schema/sources/{SOURCES[column.database]}.sql, found nothing there"
        ]
    if live is None:
        return [f"{place}: expected {expected}, found no such table"]
    if column.column not in live:
        return [f"{place}: expected {expected}, found no such column; the table has {', '.join(live)}"]
    if meaning(live[column.column]) != meaning(expected):
        return [f"{place}: expected {expected}, found {live[column.column]}"]
    return []


def _live_types(connection: duckdb.DuckDBPyConnection, columns: Collection[SourceColumn]) -> dict[str, dict[str, str]]:
    """The columns and types of the tables of one database that are read."""
    cursor = connection.cursor()
    (database,) = {column.database for column in columns}
    names = ", ".join(sorted({literal(column.table) for column in columns}))
    rows = cursor.execute(
        f"""
        SELECT t.table_name, t.column_name, t.type_name
        FROM postgres_query('{database}', $$
            SELECT c.relname::text AS table_name, a.attname::text AS column_name,
                   format_type(a.atttypid, a.atttypmod) AS type_name
            FROM pg_class AS c
            JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
            WHERE c.relnamespace = 'public'::regnamespace AND c.relname IN ({names})
            ORDER BY c.relname, a.attnum
        $$) AS t
        """
    ).fetchall()
    live = defaultdict(dict)
    for table, column, type_name in rows:
        live[table][column] = type_name
    if scanned := live.keys() & {column.table for column in columns if not column.by_server}:
        # DuckDB reads the catalogue of a source when a statement first names one of its tables: by naming one here, the
        # catalogues of all sources are read at the same time.
        cursor.execute(f"FROM {database}.{scanned.pop()} LIMIT 0")
    return live
