"""Installs change capture in a source database, and removes it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg.errors import InsufficientPrivilege
from psycopg.rows import dict_row
from psycopg.sql import SQL, Identifier

from genims.audit.capture.problems import PLAIN_NAMES, is_installed, is_removed, problems_seen_by
from genims.audit.capture.released import (
    SCHEMA_NAME,
    function_statements,
    functions,
    list_entries,
    listed_tables,
    schema,
    tables,
)
from genims.audit.capture.short_steps import LOCK_MILLISECONDS, Step, run_steps
from genims.core import connections
from genims.core.errors import PlatformError
from genims.core.paths import sql
from genims.core.sources import SOURCES
from genims.hooks.postgres import connect

log = logging.getLogger(__name__)

EVENT_TRIGGERS = {"genims_audit_ddl": ("ddl_command_end", "note_ddl"), "genims_audit_drop": ("sql_drop", "note_drop")}
EXPECTED = f"{SCHEMA_NAME}_expected"
# What one repair puts right may show the next.
REPAIR_ROUNDS = 5

LIST_COLUMNS = "table_name, operations, masked_columns, clear_columns, declared_columns"
LIST = f"SELECT {LIST_COLUMNS} FROM genims_audit.captured_table"

CAPTURE_MEMBER = """
SELECT genims_audit.put_triggers(%(member)s::oid, t, false, true)
FROM genims_audit.captured_table AS t
WHERE t.table_name = %(table)s
"""

CAPTURE_FAMILY = """
SELECT genims_audit.capture_table(%(relation)s::oid, t, true)
FROM genims_audit.captured_table AS t
WHERE t.table_name = %(table)s
"""

NOTE_REMOVAL = """
SELECT genims_audit.note('X', 'genims_audit', json_build_object('event', 'change capture was removed', 'by', %s::text))
"""

# Numbers that are given out again would be refused as doubled, and the application's statement with them.
NUMBER_ON = """
SELECT setval('genims_audit.event_seq_seq', last)
FROM (SELECT max(seq) AS last FROM genims_audit.event) AS e
WHERE last > (SELECT last_value FROM genims_audit.event_seq_seq)
"""


def install(database: str) -> None:
    """Capture the changes of every listed table that the database has; nothing is touched where nothing differs.

    Whatever locks a table that applications write is a short transaction of its own, so no statement of theirs waits
    for long, and the next install finishes one that is interrupted.

    :param database: short name of the source database.
    :raises PlatformError: tables belong to somebody else; the message names them, and all others are captured.
    :raises psycopg.errors.RaiseException: the outbox of an earlier release still holds events.
    :raises psycopg.errors.LockNotAvailable: a long transaction uses a table; the log says whose, and all others are
        captured.
    """
    with _owner(database) as session:
        for problem in problems_seen_by(session, database):
            log.warning("%s: %s; this is put right now", SOURCES[database], problem)
        _put_schema(session, connections.connection(connections.source_id(database)).login)
        _list_tables(session, database)
        _put_event_triggers(session)
        session.execute(sql("audit/capture/forget_relations"))
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


def remove(database: str, by: str = "unknown") -> None:
    """Drop every trigger, and the schema ``genims_audit`` too, if all of its events are delivered.

    One event says that the capture was removed, so the first call always leaves something to deliver. Who calls it has
    the consent of two persons (``audit.forms.capture_changes``).

    :param database: short name of the source database.
    :param by: who asked for it.
    :raises psycopg.errors.LockNotAvailable: a long transaction uses a table; the log says whose.
    """
    with _owner(database) as session:
        if not is_installed(session):
            log.info("%s: there is no change capture.", SOURCES[database])
            return
        with session.transaction(), _at_work(session):
            for name in EVENT_TRIGGERS:
                session.execute(SQL("DROP EVENT TRIGGER IF EXISTS {}").format(Identifier(name)))
            if not is_removed(session):
                session.execute(NOTE_REMOVAL, [by])
                session.execute("DELETE FROM genims_audit.captured_table")
                session.execute("DELETE FROM genims_audit.seal WHERE object <> 'at work'")
                session.execute("INSERT INTO genims_audit.seal (relation, object, state) VALUES (0, 'removed', '')")
        _drop_triggers(session)
        _drop_if_delivered(session, database)


def drop_removed(database: str) -> None:
    """Drop the schema ``genims_audit`` of a capture that is removed, once all of its events are delivered.

    :param database: short name of the source database.
    """
    with _owner(database) as session:
        if is_installed(session) and is_removed(session):
            _drop_if_delivered(session, database)


def installed_list(database: str) -> dict[str, dict[str, list[str]]]:
    """What the list of captured tables that is in the database says of each; nothing where capture is not installed.

    :param database: short name of the source database.
    """
    with _owner(database) as session, session.cursor(row_factory=dict_row) as cursor:
        return list_entries(cursor.execute(LIST)) if is_installed(session) else {}


@contextmanager
def _owner(database: str) -> Iterator[psycopg.Connection]:
    """A session of the installing user; another install in the same database waits for its end."""
    with connect(connections.connection(connections.capture_id(database)), "genims_platform_setup") as session:
        session.execute(PLAIN_NAMES)
        session.execute("SET client_min_messages = warning")
        session.execute("SELECT pg_catalog.pg_advisory_lock(pg_catalog.hashtext('genims_audit'))")
        session.execute(f"SET lock_timeout = '{LOCK_MILLISECONDS}ms'")
        yield session


def _login(database: str) -> str:
    return connections.connection(connections.capture_id(database)).login


@contextmanager
def _at_work(session: psycopg.Connection) -> Iterator[None]:
    """Mark what the transaction does inside as ours, so that the event triggers do not note it as a schema change."""
    noted = "SELECT EXISTS (SELECT FROM pg_event_trigger WHERE evtname = ANY (%s))"
    is_noted = session.execute(noted, [list(EVENT_TRIGGERS)]).fetchone()[0] and is_installed(session)
    if is_noted:
        session.execute("INSERT INTO genims_audit.seal (relation, object, state) VALUES (0, 'at work', '')")
    yield
    if is_noted:
        session.execute("DELETE FROM genims_audit.seal WHERE object = 'at work'")


def _oids(session: psycopg.Connection, *tables: str) -> tuple[int, ...]:
    """The oids of tables of ours; none for those that there are not."""
    found = session.execute(
        "SELECT oid FROM pg_class WHERE relnamespace = to_regnamespace('genims_audit') AND relname = ANY (%s)",
        [list(tables)],
    )
    return tuple(oid for (oid,) in found)


def _put_schema(session: psycopg.Connection, reader: str) -> None:
    """Make our tables and functions, or put right what differs from the schema file.

    :param reader: the streaming role: it may read everything and clear what it has delivered.
    """
    with session.transaction(), _at_work(session):
        session.execute("CREATE SCHEMA IF NOT EXISTS genims_audit")
        session.execute(tables())
        session.execute("DELETE FROM genims_audit.seal WHERE object = 'removed'")
    for _ in range(REPAIR_ROUNDS):
        repairs, are_functions_right = _differences(session, reader)
        run_steps(session, [_repair(session, statement) for statement in repairs])
        if not are_functions_right:
            with session.transaction(), _at_work(session):
                session.execute(function_statements())
        if not repairs and are_functions_right:
            session.execute(NUMBER_ON)
            return
    raise PlatformError(
        f"Change capture: expected the schema genims_audit to be put right, but this is left: {repairs}"
    )


def _differences(session: psycopg.Connection, reader: str) -> tuple[list[str], bool]:
    """What puts our tables and rights right, and whether the functions are: the schema is made a second time beside
    it, compared, and rolled back."""
    with session.transaction(force_rollback=True), _at_work(session):
        session.execute(schema(EXPECTED))
        repairs = [statement for (statement,) in session.execute(sql("audit/capture/repairs"), {"reader": reader})]
        definitions = {
            name: {
                definition.replace(EXPECTED, SCHEMA_NAME)
                for (definition,) in session.execute(
                    "SELECT pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = to_regnamespace(%s)", [name]
                )
            }
            for name in (EXPECTED, SCHEMA_NAME)
        }
    return repairs, definitions[EXPECTED] <= definitions[SCHEMA_NAME]


def _repair(session: psycopg.Connection, statement: str) -> Step:
    def act(session: psycopg.Connection) -> None:
        with _at_work(session):
            session.execute(statement)

    locks = ["event"] if "genims_audit.event" in statement else []
    return Step(statement, _oids(session, *locks), act)


def _list_tables(session: psycopg.Connection, database: str) -> None:
    listed = {tuple(map(str, table.values())): table for table in listed_tables(database)}
    present = {tuple(map(str, row)) for row in session.execute(LIST)}
    if present == set(listed):
        return
    with session.transaction(), session.cursor() as cursor:
        cursor.execute("DELETE FROM genims_audit.captured_table")
        cursor.executemany(
            f"INSERT INTO genims_audit.captured_table ({LIST_COLUMNS}) VALUES (%(table_name)s, %(operations)s, "
            "%(masked_columns)s, %(clear_columns)s, %(declared_columns)s)",
            listed.values(),
        )


def _put_event_triggers(session: psycopg.Connection) -> None:
    for name, (event, function) in EVENT_TRIGGERS.items():
        known = (
            "SELECT evtenabled = 'A' AND evtfoid = to_regproc(%s) AND evtevent = %s AND evttags IS NULL "
            "AND evtowner = current_user::regrole FROM pg_event_trigger WHERE evtname = %s"
        )
        if session.execute(known, [f"genims_audit.{function}", event, name]).fetchone() == (True,):
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
    foreign, steps = [], []
    for table, relation, is_owned in session.execute(sql("audit/capture/listed_tables")).fetchall():
        if relation is None:
            log.warning("%s has no table %s: it is captured once there is one.", SOURCES[database], table)
        elif not is_owned:
            foreign.append(table)
        else:
            steps += _capture_steps(session, table, relation)
    run_steps(session, steps)
    return foreign


def _capture_steps(session: psycopg.Connection, table: str, relation: int) -> list[Step]:
    """A step for each member of the table's family, or one for all of them, where they change together."""
    members = session.execute(sql("audit/capture/members"), {"relation": relation}).fetchall()
    if any(by_row or changes_way for *_, by_row, changes_way in members):
        oids = tuple(member for member, *_ in members)
        return [Step(table, oids, lambda s: s.execute(CAPTURE_FAMILY, {"relation": relation, "table": table}))]
    return [
        Step(name, (member,), lambda s, m=member: s.execute(CAPTURE_MEMBER, {"member": m, "table": table}))
        for member, name, *_ in members
    ]


def _drop_triggers(session: psycopg.Connection) -> None:
    """Drop the triggers of tables that are not listed, or no longer listed."""

    def step(relation: int, name: str, statements: list[str]) -> Step:
        def act(session: psycopg.Connection) -> None:
            with _at_work(session):
                for statement in statements:
                    session.execute(statement)

        return Step(name, (relation,), act)

    run_steps(session, [step(*row) for row in session.execute(sql("audit/capture/unlisted_triggers")).fetchall()])
    session.execute(sql("audit/capture/forget_relations"))


def _drop_unused(session: psycopg.Connection) -> None:
    unused = session.execute(sql("audit/capture/unused_functions"), {"bodies": list(functions().values())}).fetchall()
    with session.transaction(), _at_work(session):
        for (function,) in unused:
            session.execute(f"DROP FUNCTION {function}")
        session.execute("DROP TABLE IF EXISTS genims_audit.transaction")  # of an earlier release


def _drop_schema(session: psycopg.Connection) -> None:
    """Drop the schema if no event is in it; a transaction that is still writing one is waited for."""
    session.execute("LOCK TABLE genims_audit.event IN ACCESS EXCLUSIVE MODE")
    if not session.execute("SELECT EXISTS (SELECT FROM genims_audit.event)").fetchone()[0]:
        session.execute("DROP SCHEMA genims_audit CASCADE")


def _drop_if_delivered(session: psycopg.Connection, database: str) -> None:
    run_steps(session, [Step("genims_audit.event", _oids(session, "event"), _drop_schema)])
    if is_installed(session):
        log.warning(
            "%s: nothing is captured any more. Events are still to be delivered by audit_sync: after that, clear this "
            "task to drop the schema genims_audit.",
            SOURCES[database],
        )
    else:
        log.info("%s: change capture is gone.", SOURCES[database])


def _seal(session: psycopg.Connection) -> None:
    """Put on record how everything is now; what is on record already is left alone."""
    with session.transaction():
        session.execute(
            "DELETE FROM genims_audit.seal AS s WHERE NOT EXISTS ("
            "SELECT FROM genims_audit.object_states() AS o "
            "WHERE (o.relation, o.object) = (s.relation, s.object) AND o.state IS NOT DISTINCT FROM s.state)"
        )
        session.execute(
            "INSERT INTO genims_audit.seal (relation, object, state) SELECT o.* FROM genims_audit.object_states() AS o "
            "WHERE (o.relation, o.object) NOT IN (SELECT s.relation, s.object FROM genims_audit.seal AS s)"
        )
