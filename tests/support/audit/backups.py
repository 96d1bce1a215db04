"""Sets a source database back to what was saved of its audit rows, and removes it altogether."""

from __future__ import annotations

from MySQLdb.connections import Connection

from genims.audit.format.chained_tables import chained_tables
from genims.core.settings import settings
from tests.support.servers import administrator

TABLES = (*chained_tables(), "audit_trail_completeness", "audit_sequence_manager")


def saved(connection: Connection, source: str) -> dict[str, list[tuple]]:
    """All rows of a source database, by table."""
    return {table: rows_of(connection, table, source) for table in TABLES}


def rows_of(connection, table: str, source: str) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table} WHERE source_database = %s", (source,))
        return list(cursor.fetchall())


def remove(connection, source: str) -> None:
    restore(connection, {table: [] for table in TABLES}, source)


def restore(connection, backup: dict[str, list[tuple]], source: str) -> None:
    with connection.cursor() as cursor:
        for table, rows in backup.items():
            cursor.execute(f"DELETE FROM {table} WHERE source_database = %s", (source,))
            for row in rows:
                cursor.execute(f"INSERT INTO {table} VALUES ({', '.join(['%s'] * len(row))})", row)


def forget_anchors() -> None:
    """Let the database believe that nothing was ever anchored: each test has a container of its own."""
    with administrator(settings().mysql_audit_db) as connection, connection.cursor() as cursor:
        cursor.execute(
            "UPDATE audit_sequence_manager SET anchored_block = NULL, anchor_line = NULL, anchor_hash = NULL"
        )
