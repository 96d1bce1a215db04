"""Adds the columns that a newer release has given to audit tables, without touching a row."""

from __future__ import annotations

import re

from MySQLdb.cursors import Cursor

from genims.audit.format.chained_tables import AUDIT_SCHEMA
from genims.core import ddl
from genims.hooks.brief_ddl import PATIENCE_SECONDS, alter

LIVE_COLUMNS = "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = DATABASE()"


def add_missing_columns(cursor: Cursor, patience: float = PATIENCE_SECONDS) -> list[str]:
    """Add the columns that the schema file declares and live tables lack, if they have a default or may be NULL.

    They come last, where every MySQL 8 adds them at once, whatever the size of the table: it changes its catalog alone.

    :param cursor: of a session of the administrator in the audit database.
    :param patience: for how many seconds to wait for a table that is held.
    :returns: the added columns, as ``table.column``.
    :raises TableHeld: sessions held a table all the time; the error names them.
    """
    cursor.execute(LIVE_COLUMNS)
    live = set(cursor.fetchall())
    tables = {table for table, _ in live}
    added = []
    for table in ddl.tables(AUDIT_SCHEMA).values():
        for column in table.columns.values():
            absent = table.name in tables and (table.name, column.name) not in live
            if absent and (column.has_default or not column.required):
                definition = re.search(rf"^ +({column.name} .*?),?$", table.statement, re.MULTILINE)[1]
                statement = f"ALTER TABLE {table.name} ADD COLUMN {definition}, ALGORITHM = INSTANT"
                alter(cursor, table.name, statement, patience)
                added.append(f"{table.name}.{column.name}")
    return added
