"""What was deployed on the MySQL server: database_changes has every definition as MySQL gives it, permission_changes
every grant. Recorded before and after the platform's own work, so that nobody else's changes count as its own.
"""

from __future__ import annotations

import logging
import re
from typing import Any

from genims.audit.differences import differences
from genims.audit.events import UNKNOWN_USER
from genims.audit.ledger import Ledger
from genims.audit.record import PIPELINE, entry
from genims.platform import admin
from genims.settings import settings

log = logging.getLogger(__name__)

DEFINITIONS = "database_changes"
GRANTS = "permission_changes"
MYSQL = "mysql"

IS_THERE = "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = %s AND table_name = %s"
# The last table of the schema file: once it is there, all are.
LAST_TABLE = "audit_trail_completeness"

TABLES = "SELECT table_name FROM information_schema.tables WHERE table_schema = %s ORDER BY table_name"
ACCOUNTS = "SELECT DISTINCT grantee FROM information_schema.user_privileges WHERE grantee NOT LIKE '''mysql.%'"
# A counter that goes on by itself.
COUNTER = re.compile(r" AUTO_INCREMENT=\d+")
ON = re.compile(r" ON (.+?) TO ")

RECORDED_DEFINITIONS = """
SELECT object_type, object_name, statement
FROM database_changes
WHERE source_database = %s
ORDER BY audit_sequence
"""

RECORDED_GRANTS = """
SELECT grantee, detail, command
FROM permission_changes
WHERE source_database = %s AND object_type = %s
ORDER BY audit_sequence
"""

COMMANDS = {"INSERT": "CREATE", "UPDATE": "ALTER", "DELETE": "DROP"}


def record_deployment(changed_by: str = UNKNOWN_USER) -> None:
    """Record the definitions and grants that are not those recorded last.

    :param changed_by: whose work they are.
    """
    with admin() as cursor:
        cursor.execute(IS_THERE, (settings().mysql_audit_db, LAST_TABLE))
        if not cursor.fetchone()[0]:
            log.info("There are no audit tables yet: what is deployed is recorded once there are.")
            return
    with admin(settings().mysql_audit_db) as cursor:
        ledger = Ledger.open(cursor.connection, PIPELINE)
        definitions = differences(_recorded_definitions(cursor), _definitions(cursor))
        grants = differences(_recorded_grants(cursor), _grants(cursor))
        events = [entry(DEFINITIONS, _definition_row(*each, changed_by), changed_by) for each in definitions]
        events += [entry(GRANTS, _grant_row(*each, changed_by), changed_by) for each in grants]
        if events:
            ledger.append(events, seal=True)
    log.info("%s definitions and grants differ from those recorded last.", len(events))


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


def _grants(cursor) -> dict[tuple[str, str], str]:
    """GRANT statements by account and themselves: a statement that is another is one less and one more."""
    cursor.execute(ACCOUNTS)
    found = {}
    for (account,) in cursor.fetchall():
        cursor.execute(f"SHOW GRANTS FOR {account}")
        found |= {(account, statement): statement for (statement,) in cursor.fetchall()}
    return found


def _recorded_definitions(cursor) -> dict[tuple[str, str], str | None]:
    cursor.execute(RECORDED_DEFINITIONS, (PIPELINE,))
    return {(kind, name): statement for kind, name, statement in cursor.fetchall()}


def _recorded_grants(cursor) -> dict[tuple[str, str], str | None]:
    cursor.execute(RECORDED_GRANTS, (PIPELINE, MYSQL))
    return {
        (account, statement): None if command == "REVOKE" else statement
        for account, statement, command in cursor.fetchall()
    }


def _definition_row(
    operation: str, thing: tuple[str, str], old: str | None, new: str | None, changed_by: str
) -> dict[str, Any]:
    kind, name = thing
    return {
        "command": f"{COMMANDS[operation]} {kind.upper()}",
        "object_type": kind,
        "object_name": name,
        "statement": new,
        "changed_by": changed_by,
        "reason": _reason(changed_by),
    }


def _grant_row(
    operation: str, grant: tuple[str, str], old: str | None, new: str | None, changed_by: str
) -> dict[str, Any]:
    account, statement = grant
    on = ON.search(statement)
    return {
        "command": "GRANT" if new else "REVOKE",
        "object_type": MYSQL,
        "object_name": on[1] if on else "role",
        "grantee": account,
        "detail": statement,
        "changed_by": changed_by,
        "reason": _reason(changed_by),
    }


def _reason(changed_by: str) -> str:
    return "Not by this platform: found when it looked" if changed_by == UNKNOWN_USER else "Deployment"
