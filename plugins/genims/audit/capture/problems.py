"""What is wrong with the change capture of a source database, compared with what this release puts there."""

from __future__ import annotations

import psycopg
from psycopg.errors import SyntaxErrorOrAccessRuleViolation
from psycopg.types.json import Jsonb

from genims.audit.capture.released import functions, listed_tables
from genims.core import connections
from genims.core.paths import sql
from genims.hooks.postgres import connect

# Names mean what they say, and are written as they were sealed, whatever is set for the role or the database.
PLAIN_NAMES = (
    "SET search_path = pg_catalog, pg_temp; SET standard_conforming_strings = on; SET quote_all_identifiers = off"
)


def problems(database: str) -> list[str]:
    """What is wrong with the capture of a database, a sentence each: tables without it, triggers that are disabled
    or altered, functions that are not ours, rights that others got, settings that switch triggers off.

    :param database: short name of the source database.
    :raises psycopg.OperationalError: it cannot be reached or refuses the sign-in.
    """
    with connect(connections.connection(connections.source_id(database)), "genims_audit") as session:
        return problems_seen_by(session, database)


def problems_seen_by(session: psycopg.Connection, database: str) -> list[str]:
    """``problems``, looked for in a session that is open already.

    :param session: in that database, committing by itself; its user may read the schema ``genims_audit``.
    :param database: short name of the source database.
    """
    if not is_installed(session):
        return ["change capture is not installed"]
    try:
        return ["change capture was removed"] if is_removed(session) else _found(session, database)
    except SyntaxErrorOrAccessRuleViolation as error:
        # Of an earlier release, or somebody has taken a table or a right away.
        return [f"change capture cannot be examined: {error.diag.message_primary}"]


def _found(session: psycopg.Connection, database: str) -> list[str]:
    released = functions()
    # The queries of the release, not those of the functions in the database: these may be what was altered.
    statement = sql("audit/capture/problems")
    for call, function, alias in (
        ("genims_audit.object_states()", "object_states", " AS o (relation, object, state)"),
        ("genims_audit.is_by_row(c.relation)", "is_by_row", ""),
    ):
        statement = statement.replace(call, f"({released[function].replace('%', '%%')}){alias}")
    with session.transaction():
        session.execute(PLAIN_NAMES)
        # Row level security on a table of ours is a problem to name, not one to fail by.
        session.execute("SET LOCAL row_security = on")
        found = session.execute(statement, {"functions": Jsonb(released), "tables": Jsonb(listed_tables(database))})
        return [problem for (problem,) in found]


def is_installed(session: psycopg.Connection) -> bool:
    """Whether an install of the capture has begun in the session's database."""
    return session.execute("SELECT pg_catalog.to_regclass('genims_audit.seal') IS NOT NULL").fetchone()[0]


def is_removed(session: psycopg.Connection) -> bool:
    """Whether platform_setup has removed the capture, and an event in the outbox says so."""
    return session.execute(
        "SELECT EXISTS (SELECT FROM genims_audit.seal WHERE object = 'removed') "
        "AND NOT EXISTS (SELECT FROM genims_audit.captured_table)"
    ).fetchone()[0]
