"""Installs change capture in a source database, and removes it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg.errors import InsufficientPrivilege
from psycopg.sql import SQL, Identifier

from genims.audit.capture.problems import is_installed, problems_seen_by
from genims.audit.capture.released import SCHEMA_FILE, functions, listed_tables
from genims.core import connections
from genims.core.errors import PlatformError
from genims.core.paths import sql
from genims.core.sources import SOURCES
from genims.hooks.postgres import connect

log = logging.getLogger(__name__)

EVENT_TRIGGERS = {"genims_audit_ddl": ("ddl_command_end", "note_ddl"), "genims_audit_drop": ("sql_drop", "note_drop")}

# For every lock but the advisory one: waiting for a table's lock blocks every session queued behind this one.
LOCK_TIMEOUT = "5s"

CAPTURE = """
SELECT genims_audit.capture_table(%(relation)s::oid, t)
FROM genims_audit.captured_table AS t
WHERE t.table_name = %(table)s
"""


def install(database: str) -> None:
    """Capture the changes of every listed table that the database has; a table that is captured is left alone.

    Every table has a transaction of its own, so the next install finishes one that is interrupted.

    :param database: short name of the source database.
    :raises PlatformError: tables belong to somebody else; the message names them, and all others are captured.
    :raises psycopg.errors.RaiseException: the outbox of an earlier release still holds events.
    :raises psycopg.errors.LockNotAvailable: a table is in use by a long transaction.
    """
    with _owner(database) as session:
        for problem in problems_seen_by(session, database):
            log.warning("%s: %s; this is put right now", SOURCES[database], problem)
        with session.transaction(), _at_work(session):
            session.execute(SCHEMA_FILE.read_text())
            _list_tables(session, database)
            _admit(session, connections.connection(connections.source_id(database)).login)
        _put_event_triggers(session)
        foreign = _capture_tables(session, database)
        _drop_triggers(session)
        _drop_unused(session)
        _seal(session)
    if foreign:
        raise PlatformError(
            f"Change capture: expected tables of {SOURCES[database]} that {_login(database)} owns, found those of "
            f"others: {', '.join(foreign)}. Make it a member of their owner's role, or name the owner as "
            "POSTGRES_CAPTURE_USERNAME."
        )


def remove(database: str) -> None:
    """Drop every trigger, and the schema ``genims_audit`` too, if all of its events are delivered.

    :param database: short name of the source database.
    :raises psycopg.errors.LockNotAvailable: a table is in use by a long transaction.
    """
    with _owner(database) as session:
        if not is_installed(session):
            log.info("%s: there is no change capture.", SOURCES[database])
            return
        for name in EVENT_TRIGGERS:
            session.execute(SQL("DROP EVENT TRIGGER IF EXISTS {}").format(Identifier(name)))
        with session.transaction():
            session.execute("DELETE FROM genims_audit.captured_table")
            session.execute("DELETE FROM genims_audit.seal")
        _drop_triggers(session)
        waiting = session.execute("SELECT count(*) FROM genims_audit.event").fetchone()[0]
        if waiting:
            log.warning(
                "%s: nothing is captured any more. %s events are still to be delivered by audit_sync: after that, "
                "remove once more to drop the schema genims_audit.",
                SOURCES[database],
                waiting,
            )
        else:
            session.execute("DROP SCHEMA genims_audit CASCADE")
            log.info("%s: change capture is gone.", SOURCES[database])


@contextmanager
def _owner(database: str) -> Iterator[psycopg.Connection]:
    """A session of the installing user; another install in the same database waits for its end."""
    with connect(connections.connection(connections.capture_id(database)), "genims_platform_setup") as session:
        session.execute("SET client_min_messages = warning")
        session.execute("SELECT pg_advisory_lock(hashtext('genims_audit'))")
        session.execute(f"SET lock_timeout = '{LOCK_TIMEOUT}'")
        yield session


def _login(database: str) -> str:
    return connections.connection(connections.capture_id(database)).login


@contextmanager
def _at_work(session: psycopg.Connection) -> Iterator[None]:
    """Mark what the transaction does inside as ours, so that it is not noted as a schema change."""
    if is_installed(session):
        session.execute("INSERT INTO genims_audit.seal (relation, object, state) VALUES (0, 'at work', '')")
    yield
    session.execute("DELETE FROM genims_audit.seal WHERE object = 'at work'")


def _list_tables(session: psycopg.Connection, database: str) -> None:
    session.execute("DELETE FROM genims_audit.captured_table")
    with session.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO genims_audit.captured_table (table_name, operations, masked_columns) "
            "VALUES (%(table_name)s, %(operations)s, %(masked_columns)s)",
            listed_tables(database),
        )


def _admit(session: psycopg.Connection, reader: str) -> None:
    """Let the streaming role read everything and clear what it has delivered."""
    for grant in (
        "GRANT USAGE ON SCHEMA genims_audit TO {}",
        "GRANT SELECT ON ALL TABLES IN SCHEMA genims_audit TO {}",
        "GRANT SELECT ON ALL SEQUENCES IN SCHEMA genims_audit TO {}",
        "GRANT DELETE ON genims_audit.event TO {}",
        "GRANT UPDATE (delivered) ON genims_audit.event TO {}",
    ):
        session.execute(SQL(grant).format(Identifier(reader)))


def _put_event_triggers(session: psycopg.Connection) -> None:
    for name, (event, function) in EVENT_TRIGGERS.items():
        known = "SELECT evtenabled = 'A' FROM pg_event_trigger WHERE evtname = %s"
        if session.execute(known, [name]).fetchone() == (True,):
            continue
        try:
            with session.transaction(), _at_work(session):
                session.execute(f"DROP EVENT TRIGGER IF EXISTS {name}")
                session.execute(f"CREATE EVENT TRIGGER {name} ON {event} EXECUTE FUNCTION genims_audit.{function}()")
                session.execute(f"ALTER EVENT TRIGGER {name} ENABLE ALWAYS")
        except InsufficientPrivilege as refused:
            log.warning(
                "Without event triggers (%s): schema and permission changes are not recorded, and a changed table is "
                "captured slowly until platform_setup runs again. It takes a superuser to create them.",
                str(refused).strip(),
            )
            return


def _capture_tables(session: psycopg.Connection, database: str) -> list[str]:
    """Capture all listed tables; returns those that belong to somebody else."""
    foreign = []
    for table, relation, is_owned in session.execute(sql("audit/capture/listed_tables")).fetchall():
        if relation is None:
            log.warning("%s has no table %s: it is captured once there is one.", SOURCES[database], table)
        elif not is_owned:
            foreign.append(table)
        else:
            session.execute(CAPTURE, {"relation": relation, "table": table})
    return foreign


def _drop_triggers(session: psycopg.Connection) -> None:
    """Drop the triggers of tables that are not listed, or no longer listed."""
    for trigger, table in session.execute(sql("audit/capture/unlisted_triggers")).fetchall():
        with session.transaction(), _at_work(session):
            session.execute(f"DROP TRIGGER {trigger} ON {table}")
    session.execute(sql("audit/capture/forget_relations"))


def _drop_unused(session: psycopg.Connection) -> None:
    with session.transaction(), _at_work(session):
        unused = session.execute(sql("audit/capture/unused_functions"), {"bodies": list(functions().values())})
        for (function,) in unused.fetchall():
            session.execute(f"DROP FUNCTION {function}")
        session.execute("DROP TABLE IF EXISTS genims_audit.transaction")  # of an earlier release


def _seal(session: psycopg.Connection) -> None:
    with session.transaction():
        session.execute("DELETE FROM genims_audit.seal")
        session.execute("INSERT INTO genims_audit.seal SELECT * FROM genims_audit.object_states()")
