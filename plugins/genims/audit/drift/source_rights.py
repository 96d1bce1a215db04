"""Changed rights in the sources: roles, memberships, owners and privileges that differ from those recorded last."""

from __future__ import annotations

import logging

import psycopg

from genims.audit.drift.rights import PERMISSION_CHANGES, Right, changed_rights, recorded_rights
from genims.audit.format.event import UNKNOWN_USER
from genims.audit.ledger.pipeline import pipeline_event, pipeline_ledger
from genims.core import connections
from genims.core.paths import sql
from genims.core.sources import SOURCES
from genims.hooks.postgres import connect

log = logging.getLogger(__name__)

CATALOGS = ("pg_roles", "pg_auth_members", "pg_database", "pg_namespace", "pg_class", "pg_attribute")
SERVER_IDENTIFIER = "SELECT system_identifier::text FROM pg_control_system()"


def record_rights(found_by: str) -> None:
    """Record every list of rights in the sources that differs from the one recorded last.

    :param found_by: name of the comparing task, recorded as the user of the event.
    :raises psycopg.OperationalError: a source does not answer; the differences in all others are recorded.
    :raises SourceBusy: another task has kept the ledger of the pipeline for too long.
    """
    present, places, failures = _read_rights()
    with pipeline_ledger() as ledger, ledger.connection.cursor() as cursor:
        # A source that does not answer still has its rights.
        recorded = {
            right: rights for right, rights in recorded_rights(cursor, CATALOGS).items() if right.place in places
        }
        rows = changed_rights(recorded, present, UNKNOWN_USER, "Found by comparison")
        if rows:
            ledger.append([pipeline_event(PERMISSION_CHANGES, row, found_by) for row in rows], seal=True)
    log.info("%s of %s rights in the sources differ from those recorded last.", len(rows), len(present))
    for failure in failures:
        raise failure


def _read_rights() -> tuple[dict[Right, list], set[str], list[psycopg.OperationalError]]:
    """The rights in all sources that answer, the places where they were read, and the errors of the other sources."""
    present, places, failures = {}, set(), []
    for database in SOURCES:
        try:
            with connect(connections.connection(connections.source_id(database)), "genims_audit") as session:
                server = session.execute(SERVER_IDENTIFIER).fetchone()[0]
                for place, statement in ((server, "server_roles"), (database, "database_rights")):
                    if place not in places:
                        for catalog, name, grantee, rights in session.execute(sql(f"audit/drift/{statement}")):
                            present[Right(catalog, place, name, grantee)] = rights
                        places.add(place)
        except psycopg.OperationalError as lost:
            log.error("%s: rights cannot be read: %s", database, lost)
            failures.append(lost)
    return present, places, failures
