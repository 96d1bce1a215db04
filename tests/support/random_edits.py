"""Edits at random: legal ones of the source databases, and alterations of what MySQL has published."""

from __future__ import annotations

import random
from collections.abc import Collection

import psycopg
from psycopg import sql

from genims.core import ddl
from genims.engine.source_query import SourceColumn, SourceTable, declared
from genims.engine.table import LoadedTable, loaded_columns, target
from genims.engine.window import Window
from genims.reporting.reconciled import Part
from tests.support.source_rows import SourceRows

DATES = ["'infinity'", "'-infinity'", "'9999-12-31'", "{0} + INTERVAL '400 days'", "{0} - INTERVAL '3 days'",
         "{0} + INTERVAL '3 days'"]  # fmt: skip
NUMBERS = ["0", "-1", "1", "'NaN'", "-{0}", "least({0} * 3, 999)"]
INTEGERS = ["0", "1", "-1", "{0} + 1", "least({0} * 3, 99)"]
# What a rate may be, tests of the rates alone say: a wrong one fails the load, as it must.
RATES = {"exchange_rate", "inverse_rate"}
STATES = ["cancelled", "deleted", "closed", "draft"]
ORPHAN, EMPTY = "'NOBODY-1'", "''"


class SourceEdits:
    """Edits of single source rows, each of which its database allows.

    :param rows: sessions of the owner.
    :param columns: the columns that queries read: an edit of another one would show nothing.
    :param seed: another seed makes other edits.
    """

    def __init__(self, rows: SourceRows, columns: Collection[SourceColumn], seed: int):
        self._rows = rows
        self._columns = sorted(each for each in columns if each.table != "exchange_rates" or each.column not in RATES)
        self._random = random.Random(seed)

    def make(self, count: int) -> list[str]:
        """Make edits; returns what was done."""
        done: list[str] = []
        while len(done) < count:
            if edit := self._one():
                done.append(edit)
        return done

    def _one(self) -> str | None:
        column = self._random.choice(self._columns)
        table = declared(SourceTable(column.database, column.table))
        session = self._rows.connect(column.database)
        key = sql.SQL(", ").join(map(sql.Identifier, table.primary_key))
        self._random.random()
        rows = session.execute(
            sql.SQL("SELECT {} FROM {} ORDER BY md5(concat({}, {})) LIMIT 1").format(
                key, sql.Identifier(column.table), key, str(self._random.random())
            )
        ).fetchall()
        if not rows:
            return None
        if self._random.random() < 0.1:
            change = sql.SQL("DELETE FROM {}").format(sql.Identifier(column.table))
        else:
            value = self._value(table.columns[column.column])
            change = sql.SQL("UPDATE {} SET {} = {}").format(
                sql.Identifier(column.table), sql.Identifier(column.column), sql.SQL(value.format(column.column))
            )
        where = sql.SQL(" WHERE ({}) = ({})").format(
            key, sql.SQL(", ").join(sql.Literal(str(value)) for value in rows[0])
        )
        try:
            session.execute(change + where)
        except psycopg.Error:
            return None  # the database does not allow it
        return f"{column.database}: {(change + where).as_string(session)}"

    def _value(self, column: ddl.Column) -> str:
        kind = column.type.upper().partition("(")[0]
        if not column.required and self._random.random() < 0.3:
            return "NULL"
        if kind.startswith(("DATE", "TIMESTAMP")):
            return self._random.choice(DATES)
        if kind.startswith("NUMERIC"):
            return self._random.choice(NUMBERS)
        if kind.startswith(("INT", "BIGINT", "SMALLINT")):
            return self._random.choice(INTEGERS)
        if kind.startswith("BOOL"):
            return "NOT {0}"
        if column.name.endswith("_id"):
            return self._random.choice([ORPHAN, EMPTY])
        return "'" + self._random.choice([*STATES, "", "USD", "A B"]) + "'"


def alter(table: LoadedTable, cursor, rng: random.Random) -> str | None:
    """Alter one row of a reporting table at random; returns the period, None if nothing could be altered.

    :param table: the table.
    :param cursor: of a session that may write it.
    :param rng: decides.
    """
    grain = ", ".join(table.grain)
    cursor.execute(f"SELECT {grain} FROM {table.name} ORDER BY RAND({rng.randrange(2**31)}) LIMIT 1")
    key = cursor.fetchone()
    if key is None:
        return None
    where = " AND ".join(f"{name} = %s" for name in table.grain)
    column = rng.choice([name for name in loaded_columns(table.name) if name not in table.grain])
    if rng.random() < 0.1:
        changed = cursor.execute(f"DELETE FROM {table.name} WHERE {where}", key)
    else:
        value = _other(target(table.name).columns[column]).format(column)
        changed = cursor.execute(f"UPDATE {table.name} SET {column} = {value} WHERE {where}", key)
    return str(key[0]) if changed else None


class AlteredColumns:
    """Alterations of the columns that the parts of a reconciliation compare, each in some periods of the table.

    :param table: the table.
    :param window: the business days that are compared.
    :param cursor: of a session that may write it.
    """

    PERIODS = 3
    OTHER = "COALESCE({0}, 0) + 7"

    def __init__(self, table: LoadedTable, window: Window, cursor):
        self._table, self._window, self._cursor = table, window, cursor
        self._before: list[tuple] = []
        # Every altered column with its period.
        self.places: set[tuple[str, str]] = set()

    @property
    def columns(self) -> set[str]:
        """The columns that are altered."""
        return {column for _, column in self.places}

    def alter(self, part: Part) -> None:
        """Alter every column of a part, each in other rows as far as there are rows."""
        table = self._table
        columns = [column for column in part.columns if column != table.period_column]
        bounds = "TRUE" if table.load == "replace" else self._window(table.period_column)
        self._cursor.execute(
            f"SELECT {', '.join(table.grain)} FROM {table.name} WHERE {part.rows} AND {bounds} ORDER BY 1 DESC"
        )
        keys = list(self._cursor.fetchall())
        # A total is of a period, an identity of a row: the first take the newest periods, the others the oldest rows.
        keys = list({key[0]: key for key in keys}.values()) if part.source else keys[::-1]
        for number in range(self.PERIODS * len(columns) if keys else 0):
            self._alter(columns[number % len(columns)], keys[number % len(keys)])

    def _alter(self, column: str, key: tuple) -> None:
        if (str(key[0]), column) in self.places:
            return
        place = " AND ".join(f"{name} = %s" for name in self._table.grain)
        self._cursor.execute(f"SELECT {column} FROM {self._table.name} WHERE {place}", key)
        self._before.append(
            (f"UPDATE {self._table.name} SET {column} = %s WHERE {place}", *self._cursor.fetchone(), *key)
        )
        self._cursor.execute(f"UPDATE {self._table.name} SET {column} = {self.OTHER.format(column)} WHERE {place}", key)
        self.places.add((str(key[0]), column))

    def undo(self) -> None:
        """Put back what was there."""
        for statement, *values in reversed(self._before):
            self._cursor.execute(statement, values)


def _other(column: ddl.Column) -> str:
    """An expression for another value than the column holds."""
    kind = column.type.upper()
    if kind.startswith(("VARCHAR", "CHAR", "TEXT")):
        return "IF({0} = 'x', 'y', 'x')"
    if kind.startswith("DATE"):
        return "COALESCE({0} + INTERVAL 1 DAY, '2026-01-01')"
    return "IF({0} = 0, 1, 0)"
