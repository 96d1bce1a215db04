"""Change capture in the source databases: installed, removed, and watched."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql
from psycopg.errors import InsufficientPrivilege
from psycopg.types.json import Jsonb

from genims.audit.capture.routing import routing
from genims.core import connections
from genims.core.errors import PlatformError
from genims.core.paths import SCHEMA, SQL
from genims.core.sources import SOURCES
from genims.hooks.postgres import connect

log = logging.getLogger(__name__)

SCHEMA_FILE = SCHEMA / "postgres_audit_capture.sql"
PROBLEMS_FILE = SQL / "audit" / "capture" / "capture_problems.sql"
FUNCTION = re.compile(
    r"^CREATE OR REPLACE FUNCTION genims_audit\.(\w+)\(.*?\bAS \$\$(.*?)\$\$;", re.DOTALL | re.MULTILINE
)
EVENT_TRIGGERS = {"genims_audit_ddl": ("ddl_command_end", "note_ddl"), "genims_audit_drop": ("sql_drop", "note_drop")}

# All but the advisory lock of two who install: whoever waits for a table's lock holds up everybody behind him.
LOCK_TIMEOUT = "5s"

LISTED_TABLES = """
SELECT t.table_name, c.oid, pg_has_role(c.relowner, 'USAGE')
FROM genims_audit.captured_table AS t
LEFT JOIN pg_class AS c
    ON c.relname = t.table_name AND c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
ORDER BY t.table_name
"""

CAPTURE = """
SELECT genims_audit.capture_table(%(relation)s::oid, t)
FROM genims_audit.captured_table AS t
WHERE t.table_name = %(table)s
"""

# Of an earlier release, whose triggers are all replaced by now, or of a table that is gone.
UNUSED_FUNCTIONS = """
SELECT p.oid::regprocedure::text
FROM pg_proc AS p
WHERE p.pronamespace = 'genims_audit'::regnamespace
    AND p.prosrc <> ALL (%s)
    AND NOT EXISTS (SELECT FROM pg_trigger AS t WHERE t.tgfoid = p.oid)
"""

TRIGGERS = """
SELECT quote_ident(t.tgname), t.tgrelid::regclass::text
FROM pg_trigger AS t
JOIN pg_proc AS p ON p.oid = t.tgfoid
LEFT JOIN genims_audit.captured_relation AS r ON r.relation = t.tgrelid
LEFT JOIN genims_audit.captured_table AS c USING (table_name)
WHERE p.pronamespace = 'genims_audit'::regnamespace AND c.table_name IS NULL
"""

# Of tables that are not listed any more, and, in a restored database, of the one that was dumped.
FORGET_RELATIONS = r"""
DELETE FROM genims_audit.captured_relation AS r
WHERE NOT EXISTS (SELECT FROM genims_audit.captured_table AS t WHERE t.table_name = r.table_name)
    OR NOT EXISTS (SELECT FROM pg_trigger AS t WHERE t.tgrelid = r.relation AND t.tgname LIKE 'genims\_audit\_%')
"""


def install(database: str) -> None:
    """Capture the changes of every listed table that the database has; what is captured already is left alone.

    Every table has a transaction of its own, so an install that is interrupted is finished by the next one.

    :param database: short name of the source database.
    :raises PlatformError: tables belong to somebody else; the message names them.
    :raises psycopg.errors.LockNotAvailable: a table is in use by a long transaction.
    """
    with _owner(database) as session:
        for problem in _problems(session, database):
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
    """Take every trigger away again; the events are dropped too once they are all delivered.

    :param database: short name of the source database.
    """
    with _owner(database) as session:
        if not _is_there(session):
            log.info("%s: there is no change capture.", SOURCES[database])
            return
        for name in EVENT_TRIGGERS:
            session.execute(sql.SQL("DROP EVENT TRIGGER IF EXISTS {}").format(sql.Identifier(name)))
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


def problems(database: str) -> list[str]:
    """What is wrong with the capture of a database, a sentence each: tables without it, triggers that are disabled
    or altered, functions that are not ours, rights that others got, settings that switch triggers off.

    :param database: short name of the source database.
    """
    with connect(connections.connection(connections.source_id(database)), "genims_audit") as session:
        return _problems(session, database)


def functions() -> dict[str, str]:
    """The body of each function that the schema file declares, by name."""
    return dict(FUNCTION.findall(SCHEMA_FILE.read_text()))


@contextmanager
def _owner(database: str) -> Iterator[psycopg.Connection]:
    """A session of whoever installs; others who install in the same database wait for its end."""
    with connect(connections.connection(connections.capture_id(database)), "genims_platform_setup") as session:
        session.execute("SET client_min_messages = warning")
        session.execute("SELECT pg_advisory_lock(hashtext('genims_audit'))")
        session.execute(f"SET lock_timeout = '{LOCK_TIMEOUT}'")
        yield session


def _login(database: str) -> str:
    return connections.connection(connections.capture_id(database)).login


def _is_there(session: psycopg.Connection) -> bool:
    return session.execute("SELECT to_regclass('genims_audit.seal') IS NOT NULL").fetchone()[0]


@contextmanager
def _at_work(session: psycopg.Connection) -> Iterator[None]:
    """What a transaction does inside is ours, and noted as no one's schema change."""
    if _is_there(session):
        session.execute("INSERT INTO genims_audit.seal (relation, object, state) VALUES (0, 'at work', '')")
    yield
    session.execute("DELETE FROM genims_audit.seal WHERE object = 'at work'")


def _list_tables(session: psycopg.Connection, database: str) -> None:
    session.execute("DELETE FROM genims_audit.captured_table")
    with session.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO genims_audit.captured_table (table_name, operations, masked_columns) "
            "VALUES (%(table_name)s, %(operations)s, %(masked_columns)s)",
            _listed(database),
        )


def _listed(database: str) -> list[dict]:
    return [
        {"table_name": name, "operations": sorted(table.only), "masked_columns": sorted(table.mask)}
        for name, table in routing().tables.get(database, {}).items()
    ]


def _admit(session: psycopg.Connection, reader: str) -> None:
    """Let the role that streams read everything and clear what it has delivered."""
    for grant in (
        "GRANT USAGE ON SCHEMA genims_audit TO {}",
        "GRANT SELECT ON ALL TABLES IN SCHEMA genims_audit TO {}",
        "GRANT DELETE ON genims_audit.event TO {}",
        "GRANT UPDATE (delivered) ON genims_audit.event TO {}",
    ):
        session.execute(sql.SQL(grant).format(sql.Identifier(reader)))


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
    """Capture all listed tables; returns those that may not be."""
    foreign = []
    for table, relation, is_owned in session.execute(LISTED_TABLES).fetchall():
        if relation is None:
            log.warning("%s has no table %s: it is captured once there is one.", SOURCES[database], table)
        elif not is_owned:
            foreign.append(table)
        else:
            session.execute(CAPTURE, {"relation": relation, "table": table})
    return foreign


def _drop_triggers(session: psycopg.Connection) -> None:
    """Drop the triggers of tables that are not listed, or not any more."""
    for trigger, table in session.execute(TRIGGERS).fetchall():
        with session.transaction(), _at_work(session):
            session.execute(f"DROP TRIGGER {trigger} ON {table}")
    session.execute(FORGET_RELATIONS)


def _drop_unused(session: psycopg.Connection) -> None:
    with session.transaction(), _at_work(session):
        for (unused,) in session.execute(UNUSED_FUNCTIONS, [list(functions().values())]).fetchall():
            session.execute(f"DROP FUNCTION {unused}")
        session.execute("DROP TABLE IF EXISTS genims_audit.transaction")  # of an earlier release


def _seal(session: psycopg.Connection) -> None:
    with session.transaction():
        session.execute("DELETE FROM genims_audit.seal")
        session.execute("INSERT INTO genims_audit.seal SELECT * FROM genims_audit.object_states()")


def _problems(session: psycopg.Connection, database: str) -> list[str]:
    if not _is_there(session):
        return ["change capture is not installed"]
    released = functions()
    # The query of the release, not that of the function in the database: that one may be what was altered.
    states = released["object_states"].replace("%", "%%")
    statement = PROBLEMS_FILE.read_text().replace(
        "genims_audit.object_states()", f"({states}) AS o (relation, object, state)"
    )
    with session.transaction():
        session.execute("SET LOCAL search_path = pg_catalog, pg_temp")
        found = session.execute(statement, {"functions": Jsonb(released), "tables": Jsonb(_listed(database))})
        return [problem for (problem,) in found]
