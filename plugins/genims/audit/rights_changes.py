"""Who may do what in the sources, as permission_changes has it: roles, memberships, owners and privileges."""

from __future__ import annotations

import json
import logging
from typing import Any, NamedTuple

import psycopg

from genims import connections
from genims.audit.differences import differences
from genims.audit.events import UNKNOWN_USER
from genims.audit.record import PIPELINE, entry, recording
from genims.paths import SQL
from genims.postgres import connect
from genims.sources import SOURCES

log = logging.getLogger(__name__)

TABLE = "permission_changes"
ROLES = SQL / "audit" / "server_roles.sql"
RIGHTS = SQL / "audit" / "database_rights.sql"
CATALOGS = ("pg_roles", "pg_auth_members", "pg_database", "pg_namespace", "pg_class", "pg_attribute")
SERVER = "SELECT system_identifier::text FROM pg_control_system()"

RECORDED = """
SELECT object_type, object_name, grantee, detail
FROM permission_changes
WHERE source_database = %s AND object_type IN %s
ORDER BY audit_sequence
"""


class Right(NamedTuple):
    """What a list of rights is about: one role and one object.

    :param catalog: PostgreSQL's catalog of such objects.
    :param place: short name of the source database, or the ``system_identifier`` of the server.
    :param name: the object there.
    """

    catalog: str
    place: str
    name: str
    grantee: str


def record_rights(found_by: str) -> None:
    """Record who may do more, less or other things in the sources than was recorded last.

    :param found_by: the task that looks.
    :raises psycopg.OperationalError: a source does not answer; what differs in the others is recorded.
    """
    present, places, failures = _present()
    with recording() as ledger, ledger.connection.cursor() as cursor:
        recorded = _recorded(cursor)
        known = {right.place for right in recorded}
        there = {right: rights for right, rights in recorded.items() if right.place in places}
        rows = [_row(*difference, known) for difference in differences(there, present)]
        if rows:
            ledger.append([entry(TABLE, row, found_by) for row in rows], seal=True)
    log.info("%s of %s rights in the sources differ from those recorded last.", len(rows), len(present))
    for failure in failures:
        raise failure


def _present() -> tuple[dict[Right, list], set[str], list[psycopg.OperationalError]]:
    """The rights in all sources that answer, where they were read, and why others do not."""
    present, places, failures = {}, set(), []
    for database in SOURCES:
        try:
            with connect(connections.connection(connections.source_id(database)), "genims_audit") as session:
                server = session.execute(SERVER).fetchone()[0]
                for place, statement in ((server, ROLES), (database, RIGHTS)):
                    if place not in places:
                        for catalog, name, grantee, rights in session.execute(statement.read_text()):
                            present[Right(catalog, place, name, grantee)] = rights
                        places.add(place)
        except psycopg.OperationalError as lost:
            log.error("%s: rights cannot be read: %s", database, lost)
            failures.append(lost)
    return present, places, failures


def _recorded(cursor) -> dict[Right, list | None]:
    """The rights of each as recorded last; None where they were all gone."""
    cursor.execute(RECORDED, (PIPELINE, CATALOGS))
    return {
        Right(catalog, *name.split("/", 1), grantee): json.loads(detail)["new"]
        for catalog, name, grantee, detail in cursor.fetchall()
    }


def _row(operation: str, right: Right, old: list | None, new: list | None, known: set[str]) -> dict[str, Any]:
    found = "by comparison with what was recorded last" if right.place in known else "by the first look at this place"
    return {
        "command": operation,
        "object_type": right.catalog,
        "object_name": f"{right.place}/{right.name}",
        "grantee": right.grantee,
        "detail": json.dumps({"old": old, "new": new}),
        "changed_by": UNKNOWN_USER,
        "reason": f"Found {found}",
    }
