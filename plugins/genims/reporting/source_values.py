"""Counts what the sources hold in the place of a value: infinite dates, and numbers that are none.

Every query reads them as NULL (``genims.engine.source_query``), so the figures are right without them. Here they are
counted and named, for their owner to mend. That takes a look at every row, so it is done once a night.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from contextlib import closing

import psycopg

from genims.core import connections
from genims.core.settings import settings
from genims.engine.checks import WARN, CheckResult
from genims.engine.source_query import NO_VALUE, SCHEMA, SourceColumn, SourceTable, declared, expected_type, kind_of
from genims.hooks.postgres import connect

CHECK = "no_value"
EXAMPLES = 3


def count_no_values(columns: Collection[SourceColumn]) -> list[CheckResult]:
    """A result of level ``warn`` for each column that holds something in the place of a value, with keys of its rows.

    :param columns: the source columns to look at.
    """
    by_table: dict[str, dict[SourceTable, dict[str, str]]] = defaultdict(lambda: defaultdict(dict))
    for column in sorted(columns):
        if kind := kind_of(expected_type(column)):
            table = SourceTable(column.database, column.table)
            by_table[column.database][table][column.column] = NO_VALUE[kind].format(f'"{column.column}"')
    found = []
    for database, tables in by_table.items():
        source = connections.connection(connections.source_id(database))
        limit = settings().genims_statement_timeout * 1000
        with closing(connect(source, "genims_reconciliation", statement_timeout=limit)) as session:
            for table, conditions in tables.items():
                found += _looked_at(session, table, conditions)
    return found


def _looked_at(session: psycopg.Connection, table: SourceTable, conditions: dict[str, str]) -> Iterator[CheckResult]:
    counts = ", ".join(f"count(*) FILTER (WHERE {condition})" for condition in conditions.values())
    row = session.execute(f'SELECT {counts} FROM {SCHEMA}."{table.table}"').fetchone()
    for (column, condition), count in zip(conditions.items(), row, strict=True):
        if count:
            keys = "; ".join(_keys(session, table, condition))
            yield CheckResult(CHECK, f"{table.database}.{table.table}.{column}", WARN, count, keys)


def _keys(session: psycopg.Connection, table: SourceTable, condition: str) -> Iterator[str]:
    names = declared(table).primary_key
    key = ", ".join(f'"{name}"' for name in names)
    rows = session.execute(
        f'SELECT {key} FROM {SCHEMA}."{table.table}" WHERE {condition} ORDER BY {key} LIMIT {EXAMPLES}'
    )
    for row in rows:
        yield ", ".join(f"{name}={value}" for name, value in zip(names, row, strict=True))
