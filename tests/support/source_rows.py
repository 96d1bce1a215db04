"""Puts rows into the source databases, naming only the columns that matter."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from itertools import count

import psycopg
from psycopg import sql

from genims.core import ddl
from genims.core.paths import SOURCE_SCHEMAS
from genims.core.sources import SOURCES

# What a column that must not be NULL holds where a test does not care.
FILLERS = {"DATE": "2000-01-01", "TIME": "00:00:00", "TIMESTAMP": "2000-01-01 00:00:00", "BOOLEAN": False}

_unique = count(1)


class SourceRows:
    """Writes to the source databases as their owner.

    :param server: connection string without a database.
    """

    def __init__(self, server: str):
        self.server = server
        self._connections: dict[str, psycopg.Connection] = {}

    def connect(self, database: str) -> psycopg.Connection:
        """The owner's session in a source database, by its short name; every statement commits by itself."""
        if database not in self._connections:
            self._connections[database] = psycopg.connect(self.server, dbname=SOURCES[database], autocommit=True)
        return self._connections[database]

    def close(self) -> None:
        """End all sessions; the next call of ``connect`` opens a new one."""
        for connection in self._connections.values():
            connection.close()
        self._connections.clear()

    def empty(self, tables: Iterable[tuple[str, str]]) -> None:
        """Delete all rows of the given (database, table) pairs."""
        for database, table in sorted(set(tables)):
            self.connect(database).execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))

    def insert(self, database: str, table: str, rows: list[dict]) -> None:
        """Insert rows; a column that is not named holds its default, NULL, or a neutral filler."""
        declared = declared_columns(database, table)
        for given in rows:
            unknown = set(given) - set(declared)
            assert not unknown, f"{database}.{table} has no columns {sorted(unknown)}"
            row = {name: filler(column) for name, column in declared.items() if needs_filler(column)} | given
            self.connect(database).execute(
                sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
                    sql.Identifier(table),
                    sql.SQL(", ").join(map(sql.Identifier, row)),
                    sql.SQL(", ").join([sql.Placeholder()] * len(row)),
                ),
                [value if isinstance(value, (bool, type(None))) else str(value) for value in row.values()],
            )


@cache
def declared_columns(database: str, table: str) -> dict[str, ddl.Column]:
    return ddl.tables(SOURCE_SCHEMAS / f"{SOURCES[database]}.sql")[table].columns


def needs_filler(column: ddl.Column) -> bool:
    return column.required and not column.has_default


def filler(column: ddl.Column) -> object:
    kind, _, length = column.type.upper().rstrip(")").partition("(")
    if kind in ("VARCHAR", "TEXT"):
        return f"filler-{next(_unique)}"[-int(length or 50) :]
    return FILLERS.get(kind, 0)
