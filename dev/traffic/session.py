"""One writer's connection to one database, and the few verbs that changes are written with."""

from __future__ import annotations

import random
from collections import defaultdict, deque
from collections.abc import Callable

import psycopg
from psycopg import sql

KNOWN_ROWS = 500  # of each table, from which the rows to change are drawn
OWN_ROWS = 1000  # of each table, the latest, from which the rows to delete are drawn
ROLLBACKS = 0.03  # share of transactions that are rolled back
PRIMARY_KEYS = """
    SELECT t.relname, a.attname
    FROM pg_index AS i
    JOIN pg_class AS t ON t.oid = i.indrelid AND t.relnamespace = 'public'::regnamespace
    JOIN pg_attribute AS a ON a.attrelid = t.oid AND a.attnum = i.indkey[0]
    WHERE i.indisprimary
"""
USERS = [f"USR-{number:03d}" for number in range(1, 21)]
APPLICATIONS = ["erp-web", "mobile-app", "batch-import", "integration-bus", "psql"]


class Session:
    """A connection, and which rows it may touch.

    :param dsn: connection string without a database.
    :param mark: names this writer; it is part of every key that it makes, so that keys never collide.
    """

    def __init__(self, dsn: str, database: str, mark: str, random_: random.Random):
        self.random = random_
        self.statements = 0
        self._connection = psycopg.connect(dsn, dbname=database, autocommit=True)
        self._primary_keys = dict(self._connection.execute(PRIMARY_KEYS).fetchall())
        self._mark = mark
        self._serial = 0
        self._known: dict[str, list] = {}
        self._own: dict[str, deque] = defaultdict(lambda: deque(maxlen=OWN_ROWS))

    def close(self) -> None:
        self._connection.close()

    def transact(self, change: Callable[[Session], None]) -> int:
        """Make one change in a transaction of its own, which now and then is rolled back.

        :return: the number of statements.
        """
        self.statements = 0
        self._inserted: list[tuple[str, str]] = []
        with self._connection.transaction() as transaction:
            self._introduce_itself()
            change(self)
            if self.random.random() < ROLLBACKS:
                raise psycopg.Rollback(transaction)
            for table, key in self._inserted:
                self._own[table].append(key)
        return self.statements

    def _introduce_itself(self) -> None:
        self._connection.execute(
            "SELECT set_config('app.user_id', %s, true), set_config('application_name', %s, true)",
            [self.random.choice(USERS), self.random.choice(APPLICATIONS)],
        )

    def new_key(self, prefix: str) -> str:
        self._serial += 1
        return f"{prefix}-{self._mark}-{self._serial:06d}"

    def any(self, table: str) -> object:
        """The key of some older row; None if the table is empty."""
        if table not in self._known:
            self._known[table] = self._sample(table)
        return self.random.choice(self._known[table]) if self._known[table] else None

    def _sample(self, table: str) -> list:
        key = sql.Identifier(self._primary_keys[table])
        query = sql.SQL("SELECT {} FROM {} LIMIT {}").format(key, sql.Identifier(table), KNOWN_ROWS)
        return [value for (value,) in self._connection.execute(query)]

    def insert(self, table: str, **values: object) -> object:
        """Insert a row.

        :return: its key.
        """
        key = self._primary_keys[table]
        statement = sql.SQL("INSERT INTO {} ({}) VALUES ({}) RETURNING {}").format(
            sql.Identifier(table),
            sql.SQL(", ").join(map(sql.Identifier, values)),
            sql.SQL(", ").join(map(sql.Placeholder, values)),
            sql.Identifier(key),
        )
        inserted = self._connection.execute(statement, values).fetchone()[0]
        self.statements += 1
        self._inserted.append((table, inserted))
        return inserted

    def update(self, table: str, assignments: str, key: object = None, **parameters: object) -> None:
        """Update one row: the one with the given key, else any older row."""
        key = self.any(table) if key is None else key
        name = self._primary_keys[table]
        self._connection.execute(f"UPDATE {table} SET {assignments} WHERE {name} = %(key)s", parameters | {"key": key})
        self.statements += 1

    def update_many(self, table: str, assignments: str, rows: int) -> None:
        """Update ``rows`` rows in one statement, from a random row on, locked in order so that nothing deadlocks."""
        name = self._primary_keys[table]
        self._connection.execute(
            f"UPDATE {table} SET {assignments} WHERE {name} IN "
            f"(SELECT {name} FROM {table} WHERE {name} >= %s ORDER BY {name} LIMIT {rows} FOR UPDATE)",
            [self.any(table)],
        )
        self.statements += 1

    def delete_own(self, table: str, **children: str) -> None:
        """Delete the oldest row that this writer has left, its children first (child table = column that refers)."""
        if not self._own[table]:
            return
        key = self._own[table].popleft()
        for child, column in children.items():
            self._connection.execute(f"DELETE FROM {child} WHERE {column} = %s", [key])
        self._connection.execute(f"DELETE FROM {table} WHERE {self._primary_keys[table]} = %s", [key])
        self.statements += 1 + len(children)

    def number(self, low: float, high: float, decimals: int = 2) -> float:
        return round(self.random.uniform(low, high), decimals)

    def one_of(self, *values: object) -> object:
        return self.random.choice(values)
