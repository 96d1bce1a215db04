"""Adds the columns that a newer release has given to audit tables, without touching a row."""

from __future__ import annotations

import re
import time

from MySQLdb import OperationalError
from MySQLdb.constants import ER
from MySQLdb.cursors import Cursor

from genims.audit.format.chained_tables import AUDIT_SCHEMA
from genims.core import ddl
from genims.core.errors import TableBusy

# While an ALTER waits for a table, everyone else queues behind it, so each attempt waits for a second at most.
WAIT_SECONDS = 1
ATTEMPTS = 20

LIVE_COLUMNS = "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = DATABASE()"


def add_missing_columns(cursor: Cursor) -> list[str]:
    """Add the columns that the schema file declares and live tables lack, if they have a default or may be NULL.

    They come last, where every MySQL 8 adds them at once, whatever the size of the table: it changes its catalog alone.

    :param cursor: of a session of the administrator in the audit database.
    :returns: the added columns, as ``table.column``.
    :raises TableBusy: a long transaction held the table all the time.
    """
    cursor.execute(LIVE_COLUMNS)
    live = set(cursor.fetchall())
    tables = {table for table, _ in live}
    added = []
    for table in ddl.tables(AUDIT_SCHEMA).values():
        for column in table.columns.values():
            absent = table.name in tables and (table.name, column.name) not in live
            if absent and (column.has_default or not column.required):
                _add(cursor, table, column.name)
                added.append(f"{table.name}.{column.name}")
    return added


def _add(cursor: Cursor, table: ddl.Table, column: str) -> None:
    definition = re.search(rf"^ +({column} .*?),?$", table.statement, re.MULTILINE)[1]
    cursor.execute(f"SET SESSION lock_wait_timeout = {WAIT_SECONDS}")
    for attempt in range(1, ATTEMPTS + 1):
        try:
            cursor.execute(f"ALTER TABLE {table.name} ADD COLUMN {definition}, ALGORITHM = INSTANT")
            return
        except OperationalError as error:
            if error.args[0] != ER.LOCK_WAIT_TIMEOUT:
                raise
            if attempt == ATTEMPTS:
                raise TableBusy(
                    f"{table.name}: column {column} could not be added, a transaction has held the table for "
                    f"{ATTEMPTS} attempts. Clear this task when it has ended"
                ) from error
        time.sleep(WAIT_SECONDS)
