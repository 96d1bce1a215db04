"""Who may do what in the sources: roles, memberships, owners and privileges, compared with what was recorded last."""

from __future__ import annotations

import logging

import psycopg

from genims.audit.drift.rights import TABLE, Right, changed_rights, recorded_rights
from genims.audit.format.event import UNKNOWN_USER
from genims.audit.ledger.pipeline import pipeline_event, pipeline_ledger
from genims.core import connections
from genims.core.paths import SQL
from genims.core.sources import SOURCES
from genims.hooks.postgres import connect

log = logging.getLogger(__name__)

ROLES = SQL / "audit" / "drift" / "server_roles.sql"
RIGHTS = SQL / "audit" / "drift" / "database_rights.sql"
CATALOGS = ("pg_roles", "pg_auth_members", "pg_database", "pg_namespace", "pg_class", "pg_attribute")
SERVER = "SELECT system_identifier::text FROM pg_control_system()"


def record_rights(found_by: str) -> None:
    """Record who may do more, less or other things in the sources than was recorded last.

    :param found_by: the task that looks.
    :raises psycopg.OperationalError: a source does not answer; what differs in the others is recorded.
    """
    present, places, failures = _present()
    with pipeline_ledger() as ledger, ledger.connection.cursor() as cursor:
        # What does not answer now has its rights still.
        recorded = {
            right: rights for right, rights in recorded_rights(cursor, CATALOGS).items() if right.place in places
        }
        rows = changed_rights(recorded, present, UNKNOWN_USER, "Found by comparison")
        if rows:
            ledger.append([pipeline_event(TABLE, row, found_by) for row in rows], seal=True)
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
                for place, file in ((server, ROLES), (database, RIGHTS)):
                    if place not in places:
                        for catalog, name, grantee, rights in session.execute(file.read_text()):
                            present[Right(catalog, place, name, grantee)] = rights
                        places.add(place)
        except psycopg.OperationalError as lost:
            log.error("%s: rights cannot be read: %s", database, lost)
            failures.append(lost)
    return present, places, failures
