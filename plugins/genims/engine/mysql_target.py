"""The MySQL side of a load: one session that locks a table, fills its stage and publishes it."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, nullcontext

from MySQLdb import OperationalError
from MySQLdb.connections import Connection
from MySQLdb.constants import CR
from MySQLdb.cursors import Cursor

from genims.core import connections
from genims.core.errors import ConnectionLost, LoadError, TableBusy
from genims.core.sql_text import statements_of
from genims.engine.digests import Digests
from genims.engine.staging import Staging
from genims.hooks.mysql import GenimsMySqlHook, takes_load_data

log = logging.getLogger(__name__)

LOCK_SECONDS = 600
BATCH_ROWS = 1000
# From this number on, a second session and a late build of indexes are worth their extra statements.
MANY_ROWS = 50_000
# Memory in which MySQL sorts to build them; with its default of 1 MB, that takes half as long again.
SORTED_BYTES = 16 * 1024**2
INDEX = re.compile(r"^ *((?:UNIQUE )?KEY (`\w+`) .*?),?$", re.MULTILINE)
WARNINGS_SHOWN = 5
# The errors of a server or a network that goes away, in clear text and under TLS.
# What MySQL says to a session that sent no statement for too long (from 8.0.24 on).
CLIENT_INTERACTION_TIMEOUT = 4031
LOST = {CR.SERVER_GONE_ERROR, CR.SERVER_LOST, CR.SSL_CONNECTION_ERROR, CLIENT_INTERACTION_TIMEOUT}


class MySqlTarget:
    """A MySQL session that publishes one table.

    Lock, stage and transaction belong to the session. Its end, even by ``kill -9``, therefore undoes what was not
    published and lets the next run in.

    :param connection: a session of the user that may write the reporting database.
    :param table_name: the reporting table.
    """

    def __init__(self, connection: Connection, table_name: str):
        self.connection = connection
        self.table_name = table_name

    @classmethod
    @contextmanager
    def locked(cls, table_name: str) -> Iterator[MySqlTarget]:
        """A session that alone may publish a table; it waits for another run of the table to end.

        :param table_name: the reporting table.
        :raises TableBusy: the other run did not end within LOCK_SECONDS.
        :raises ConnectionLost: the server or the network went away in the middle.
        """
        with closing(GenimsMySqlHook(connections.REPORTING, loads=True).get_conn()) as connection:
            target = cls(connection, table_name)
            try:
                target._lock()
                yield target
            except OperationalError as error:
                if error.args[0] not in LOST:
                    raise
                raise ConnectionLost(
                    f"{table_name}: the connection to MySQL ({connection.get_host_info()}) was lost: {error}. "
                    "The table is as before or as published, never half; see that the server is up and clear this task."
                ) from error

    def _lock(self) -> None:
        name = f"genims.{self.table_name}"[:64]
        if self._value("SELECT GET_LOCK(%s, %s)", (name, LOCK_SECONDS)) != 1:
            holder = self._value("SELECT IS_USED_LOCK(%s)", (name,))
            raise TableBusy(
                f"{self.table_name}: another run has been writing it for more than {LOCK_SECONDS} s "
                f"(MySQL connection {holder}). Wait for that task to end, or mark it failed, then clear this one."
            )

    def load(self, staging: Staging, rows: int, stage: str, swap: bool) -> int:
        """Move the rows from DuckDB into the stage.

        :param staging: the rows.
        :param rows: their number.
        :param stage: the empty staging table in MySQL, with its database.
        :param swap: whether the stage is a table that other sessions see, and will become the target.
        :returns: the number of rows that MySQL took.
        :raises LoadError: MySQL warned about a row, or counted other rows than were sent.
        """
        many = swap and rows >= MANY_ROWS
        with self._indexes_afterwards(stage) if many else nullcontext():
            if not takes_load_data(self.connection):
                log.info("Without TLS, or without local_infile on the server: loading by INSERT, which is slower.")
                return self._insert_batches(staging, stage)
            if many:
                return self._load_halves(staging, rows, stage)
            return self._load_piped(self.connection, staging, stage)

    @contextmanager
    def _indexes_afterwards(self, stage: str) -> Iterator[None]:
        """Build the indexes of the stage, except its primary key, after it is filled: sorting halves their time."""
        with self.connection.cursor() as cursor:
            cursor.execute(f"SHOW CREATE TABLE {stage}")
            indexes = INDEX.findall(cursor.fetchone()[1])
            if indexes:
                cursor.execute(f"ALTER TABLE {stage} {', '.join(f'DROP KEY {name}' for _, name in indexes)}")
            yield
            if indexes:
                cursor.execute(f"SET SESSION innodb_ddl_buffer_size = {SORTED_BYTES}")
                cursor.execute(f"ALTER TABLE {stage} {', '.join(f'ADD {index}' for index, _ in indexes)}")

    def _load_halves(self, staging: Staging, rows: int, stage: str) -> int:
        """Load half of the rows by a second session: one session keeps only one processor of the server busy."""
        with (
            closing(GenimsMySqlHook(connections.REPORTING, loads=True).get_conn()) as second,
            staging.halves(rows) as (lower, upper),
            ThreadPoolExecutor(1) as beside,
        ):
            above = beside.submit(self._load_piped, second, upper, stage)
            loaded = self._load_piped(self.connection, lower, stage) + above.result()
            second.commit()
        return loaded

    def _load_piped(self, connection: Connection, staging: Staging, stage: str) -> int:
        """Let ``LOAD DATA`` read from a pipe while DuckDB writes into it."""
        with ThreadPoolExecutor(1) as beside, connection.cursor() as cursor:
            reading, writing = os.pipe()
            written = beside.submit(_write, staging, writing)
            try:
                loaded = cursor.execute(
                    f"LOAD DATA LOCAL INFILE '/proc/self/fd/{reading}' INTO TABLE {stage} CHARACTER SET utf8mb4 "
                    "FIELDS TERMINATED BY ',' OPTIONALLY ENCLOSED BY '\"' ESCAPED BY '' "
                    f"LINES TERMINATED BY '\\n' ({_names(staging)})"
                )
            finally:
                # Without a reader, a writer that has not finished fails instead of waiting for ever.
                os.close(reading)
            # If the writer failed, MySQL saw an early end: raise the cause before MySQL's complaint about half a row.
            written.result()
            self._refuse_warnings(cursor)
        return loaded

    def _insert_batches(self, staging: Staging, stage: str) -> int:
        marks = ", ".join(["%s"] * len(staging.columns))
        insert = f"INSERT INTO {stage} ({_names(staging)}) VALUES ({marks})"
        rows = staging.duck.execute(staging.select())
        loaded = 0
        with self.connection.cursor() as cursor:
            while batch := rows.fetchmany(BATCH_ROWS):
                loaded += cursor.executemany(insert, batch)
                self._refuse_warnings(cursor)
        return loaded

    def _refuse_warnings(self, cursor) -> None:
        cursor.execute("SHOW WARNINGS")
        warnings = cursor.fetchall()
        if warnings:
            shown = "; ".join(f"{level} {code}: {text}" for level, code, text in warnings[:WARNINGS_SHOWN])
            raise LoadError(
                f"{self.table_name}: nothing was published, because MySQL would have changed rows while loading "
                f"({len(warnings)} warnings): {shown}"
            )

    def keep_closed(self, keep_closed_sql: str) -> int:
        """Let the rows of closed days be: those of the stage do not take their place. The caller holds the gate.

        :param keep_closed_sql: the rendered statements; the first takes rows of closed days out of the stage.
        :returns: the number of these rows.
        """
        with self.connection.cursor() as cursor:
            changed = [cursor.execute(statement) for statement in statements_of(keep_closed_sql)]
        return changed[0] if changed else 0

    def publish(
        self,
        publish_sql: str,
        expected: int,
        compute_digests: Callable[[Cursor], Digests],
        last_look: Callable[[], None] = lambda: None,
    ) -> Digests:
        """Make the staged rows the table's rows, in one transaction.

        :param publish_sql: the rendered statements.
        :param expected: the number of rows that must be published.
        :param compute_digests: computes, before the commit, what is kept of the rows.
        :param last_look: is called before the commit; whatever it raises prevents it.
        :returns: what it computed.
        :raises LoadError: MySQL counted another number; nothing was published.
        """
        changed = self.run(publish_sql)
        if changed is not None and changed != expected:
            self.connection.rollback()
            raise LoadError(f"{self.table_name}: nothing was published: staged {expected} rows, inserted {changed}")
        with self.connection.cursor() as cursor:
            published = compute_digests(cursor)
        last_look()
        self.connection.commit()
        return published

    def run(self, sql: str) -> int | None:
        """Run the statements of a script one by one.

        :param sql: the rendered script.
        :returns: the row count of its last INSERT; None if it has none.
        """
        inserted = None
        with self.connection.cursor() as cursor:
            for statement in statements_of(sql):
                changed = cursor.execute(statement)
                if "INSERT INTO" in statement:
                    inserted = changed
        return inserted

    def _value(self, sql: str, parameters: tuple = ()):
        with self.connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            return cursor.fetchone()[0]


def is_empty(table_name: str) -> bool:
    """Whether a reporting table has no rows yet."""
    with closing(GenimsMySqlHook(connections.REPORTING).get_conn()) as connection, connection.cursor() as cursor:
        return not cursor.execute(f"SELECT 1 FROM {table_name} LIMIT 1")


def _write(staging: Staging, pipe: int) -> None:
    """Write the rows into a pipe, and close it."""
    try:
        staging.write_csv(f"/proc/self/fd/{pipe}")
    finally:
        os.close(pipe)


def _names(staging: Staging) -> str:
    return ", ".join(column.name for column in staging.columns)
