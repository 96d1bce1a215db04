"""Change capture in the source databases: installed, removed, and watched."""

from __future__ import annotations

import logging

import psycopg
from psycopg import sql

from genims import connections
from genims.audit.routing import routing
from genims.paths import SCHEMA
from genims.postgres import connect

log = logging.getLogger(__name__)

SCHEMA_FILE = SCHEMA / "postgres_audit_capture.sql"


def install(database: str) -> None:
    """Capture the changes of every listed table that the database has; what is captured already is left alone.

    :param database: short name of the source database.
    """
    with connect(connections.connection(connections.capture_id(database)), "genims_platform_setup") as session:
        session.execute("SET client_min_messages = warning; SET lock_timeout = '5s'")
        with session.transaction():
            session.execute(SCHEMA_FILE.read_text())
            _list_tables(session, database)
            _admit(session, connections.connection(connections.source_id(database)).login)
        # Each table in a transaction of its own, so that none is locked for longer than its own triggers take.
        for (table,) in session.execute("SELECT table_name FROM genims_audit.captured_table ORDER BY table_name"):
            session.execute(
                """
                SELECT genims_audit.capture_table(c.oid, t)
                FROM genims_audit.captured_table AS t
                JOIN pg_class AS c ON c.relname = t.table_name
                WHERE t.table_name = %s AND c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
                """,
                [table],
            )


def _list_tables(session: psycopg.Connection, database: str) -> None:
    session.execute("DELETE FROM genims_audit.captured_table")
    with session.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO genims_audit.captured_table (table_name, operations, masked_columns) VALUES (%s, %s, %s)",
            [
                (name, sorted(table.only), sorted(table.mask))
                for name, table in routing().tables.get(database, {}).items()
            ],
        )


def _admit(session: psycopg.Connection, reader: str) -> None:
    """Let the role that streams read everything and clear what it has delivered."""
    role = sql.Identifier(reader)
    for grant in (
        "GRANT USAGE ON SCHEMA genims_audit TO {}",
        "GRANT SELECT ON ALL TABLES IN SCHEMA genims_audit TO {}",
        "GRANT DELETE ON genims_audit.event, genims_audit.transaction TO {}",
    ):
        session.execute(sql.SQL(grant).format(role))
