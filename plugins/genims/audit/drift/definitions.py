"""What was deployed on the MySQL server: database_changes has every definition as MySQL gives it, permission_changes
who may do what. Looked at before and after the platform's own work, so that nobody else's changes count as its own.
"""

from __future__ import annotations

import logging
import re
from typing import Any

from genims.audit.drift.diff import differences
from genims.audit.drift.rights import TABLE as RIGHTS
from genims.audit.drift.rights import Right, changed_rights, recorded_rights
from genims.audit.format.event import UNKNOWN_USER
from genims.audit.ledger.ledger import Ledger
from genims.audit.ledger.pipeline import PIPELINE, pipeline_event
from genims.core.paths import SQL
from genims.core.settings import settings
from genims.hooks.mysql import admin

log = logging.getLogger(__name__)

DEFINITIONS = "database_changes"
PRIVILEGES = SQL / "audit" / "drift" / "mysql_rights.sql"
CATALOGS = ("user_privileges", "schema_privileges", "table_privileges", "column_privileges")
COMMANDS = {"INSERT": "CREATE", "UPDATE": "ALTER", "DELETE": "DROP"}

IS_THERE = "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = %s AND table_name = %s"
# The last table of the schema file: once it is there, all are.
LAST_TABLE = "audit_trail_completeness"

TABLES = "SELECT table_name FROM information_schema.tables WHERE table_schema = %s ORDER BY table_name"
# A counter that goes on by itself.
COUNTER = re.compile(r" AUTO_INCREMENT=\d+")

RECORDED = """
SELECT object_type, object_name, statement
FROM database_changes
WHERE source_database = %s
ORDER BY audit_sequence
"""


def record_deployment(changed_by: str = UNKNOWN_USER) -> None:
    """Record the definitions and rights that are not those recorded last.

    :param changed_by: whose work they are.
    """
    with admin() as cursor:
        cursor.execute(IS_THERE, (settings().mysql_audit_db, LAST_TABLE))
        if not cursor.fetchone()[0]:
            log.info("There are no audit tables yet: what is deployed is recorded once there are.")
            return
    reason = "Found by comparison" if changed_by == UNKNOWN_USER else "Deployment"
    with admin(settings().mysql_audit_db) as cursor:
        # The administrator's session, since the audit writer may be what is about to be deployed.
        ledger = Ledger.open(cursor.connection, PIPELINE)
        definitions = _changed_definitions(_recorded(cursor), _definitions(cursor), changed_by, reason)
        rights = changed_rights(recorded_rights(cursor, CATALOGS), _rights(cursor), changed_by, reason)
        events = [pipeline_event(DEFINITIONS, row, changed_by) for row in definitions]
        events += [pipeline_event(RIGHTS, row, changed_by) for row in rights]
        if events:
            ledger.append(events, seal=True)
    log.info("%s definitions and rights differ from those recorded last.", len(events))


def _definitions(cursor) -> dict[tuple[str, str], str]:
    """CREATE statements by kind and name; what stages a load comes and goes, and is left out."""
    found = {}
    for database in (settings().mysql_reporting_db, settings().mysql_audit_db, settings().mysql_staging_db):
        cursor.execute(f"SHOW CREATE DATABASE {database}")
        found["database", database] = cursor.fetchone()[1]
    for database in (settings().mysql_reporting_db, settings().mysql_audit_db):
        cursor.execute(TABLES, (database,))
        for (table,) in cursor.fetchall():
            cursor.execute(f"SHOW CREATE TABLE {database}.`{table}`")
            found["table", f"{database}.{table}"] = COUNTER.sub("", cursor.fetchone()[1])
    return found


def _rights(cursor) -> dict[Right, list[str]]:
    cursor.execute(PRIVILEGES.read_text())
    found: dict[Right, list[str]] = {}
    for catalog, name, grantee, privilege, is_grantable in sorted(cursor.fetchall()):
        rights = found.setdefault(Right(catalog, "mysql", name, grantee), [])
        rights.append(f"{privilege} WITH GRANT OPTION" if is_grantable == "YES" else privilege)
    return found


def _recorded(cursor) -> dict[tuple[str, str], str | None]:
    cursor.execute(RECORDED, (PIPELINE,))
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
