"""What is wrong with the change capture of a source database, compared with what this release puts there."""

from __future__ import annotations

import psycopg
from psycopg.types.json import Jsonb

from genims.audit.capture.released import functions, listed_tables
from genims.core import connections
from genims.core.paths import sql
from genims.hooks.postgres import connect


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
    released = functions()
    # The query of the release, not that of the function in the database: that one may be what was altered.
    states = released["object_states"].replace("%", "%%")
    statement = sql("audit/capture/problems").replace(
        "genims_audit.object_states()", f"({states}) AS o (relation, object, state)"
    )
    with session.transaction():
        session.execute("SET LOCAL search_path = pg_catalog, pg_temp")
        found = session.execute(statement, {"functions": Jsonb(released), "tables": Jsonb(listed_tables(database))})
        return [problem for (problem,) in found]


def is_installed(session: psycopg.Connection) -> bool:
    """Whether an install of the capture has begun in the session's database."""
    return session.execute("SELECT to_regclass('genims_audit.seal') IS NOT NULL").fetchone()[0]
