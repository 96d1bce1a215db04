"""What has changed on the MySQL server: ``database_changes`` holds every definition as MySQL gives it,
``permission_changes`` who may do what. Tasks compare before and after their own work on the server, so that changes by
others do not count as theirs.
"""

from __future__ import annotations

import logging
import re
from typing import Any

from MySQLdb.cursors import Cursor

from genims.audit.drift.diff import differences
from genims.audit.drift.rights import PERMISSION_CHANGES, Right, changed_rights, recorded_rights
from genims.audit.format.event import UNKNOWN_USER
from genims.audit.ledger.columns import add_missing_columns
from genims.audit.ledger.ledger import Ledger
from genims.audit.ledger.pipeline import PIPELINE, pipeline_event
from genims.core.paths import sql
from genims.core.settings import settings
from genims.hooks.mysql import admin

log = logging.getLogger(__name__)

DATABASE_CHANGES = "database_changes"
CATALOGS = ("user_privileges", "schema_privileges", "table_privileges", "column_privileges")
COMMANDS = {"INSERT": "CREATE", "UPDATE": "ALTER", "DELETE": "DROP"}

# The last table of the schema file: once it exists, all of them do.
LAST_TABLE = "audit_trail_completeness"
# A counter that moves by itself is no change of the definition.
COUNTER = re.compile(r" AUTO_INCREMENT=\d+")


def record_mysql_changes(changed_by: str = UNKNOWN_USER) -> None:
    """Record every definition and right on the MySQL server that differs from the one recorded last.

    Records nothing while the audit tables do not exist.

    :param changed_by: who made the changes; by default they are of unknown origin, found by comparison.
    :raises SourceBusy: another task has kept the ledger of the pipeline for too long.
    """
    audit = settings().mysql_audit_db
    with admin() as cursor:
        if LAST_TABLE not in _tables(cursor, audit):
            log.info("%s has no audit tables yet: definitions and rights are recorded once it has.", audit)
            return
    reason = "Found by comparison" if changed_by == UNKNOWN_USER else "Deployment"
    with admin(audit) as cursor:
        # The administrator's session, because the audit writer itself may not be set up yet.
        present_definitions, present_rights = _read_definitions(cursor), _read_rights(cursor)
        # After an upgrade the ledger cannot be opened without them. They are not among what others have changed.
        add_missing_columns(cursor)
        ledger = Ledger.open(cursor.connection, PIPELINE)
        definitions = _changed_definitions(_recorded_definitions(cursor), present_definitions, changed_by, reason)
        rights = changed_rights(recorded_rights(cursor, CATALOGS), present_rights, changed_by, reason)
        events = [pipeline_event(DATABASE_CHANGES, row, changed_by) for row in definitions]
        events += [pipeline_event(PERMISSION_CHANGES, row, changed_by) for row in rights]
        if events:
            ledger.append(events, seal=True)
    log.info("%s definitions and rights on the MySQL server differ from those recorded last.", len(events))


def _tables(cursor: Cursor, database: str) -> list[str]:
    cursor.execute(sql("audit/drift/mysql_tables"), {"database": database})
    return [table for (table,) in cursor.fetchall()]


def _read_definitions(cursor: Cursor) -> dict[tuple[str, str], str]:
    """CREATE statements by kind and name, without the tables of the staging database: each load makes its own."""
    found = {}
    for database in (settings().mysql_reporting_db, settings().mysql_audit_db, settings().mysql_staging_db):
        cursor.execute(f"SHOW CREATE DATABASE {database}")
        found["database", database] = cursor.fetchone()[1]
    for database in (settings().mysql_reporting_db, settings().mysql_audit_db):
        for table in _tables(cursor, database):
            cursor.execute(f"SHOW CREATE TABLE {database}.`{table}`")
            found["table", f"{database}.{table}"] = COUNTER.sub("", cursor.fetchone()[1])
    return found


def _read_rights(cursor: Cursor) -> dict[Right, list[str]]:
    cursor.execute(sql("audit/drift/mysql_rights"))
    found: dict[Right, list[str]] = {}
    for catalog, name, grantee, privilege, is_grantable in sorted(cursor.fetchall()):
        rights = found.setdefault(Right(catalog, "mysql", name, grantee), [])
        rights.append(f"{privilege} WITH GRANT OPTION" if is_grantable == "YES" else privilege)
    return found


def _recorded_definitions(cursor: Cursor) -> dict[tuple[str, str], str | None]:
    cursor.execute(sql("audit/drift/recorded_definitions"))
    return {(kind, name): statement for kind, name, statement in cursor.fetchall()}


def _changed_definitions(recorded: dict, present: dict, changed_by: str, reason: str) -> list[dict[str, Any]]:
    return [
        {
            "command": f"{COMMANDS[operation]} {kind.upper()}",
            "object_type": kind,
            "object_name": name,
            "statement": new,
            "changed_by": changed_by,
            "reason": reason,
        }
        for operation, (kind, name), _, new in differences(recorded, present)
    ]
