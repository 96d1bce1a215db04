"""What ``platform_setup`` makes of the MySQL server, and how it proves that it is there."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import MySQLdb

from genims.audit.ledger import partitions
from genims.audit.ledger.columns import add_missing_columns
from genims.core import connections, ddl
from genims.core.errors import PlatformError
from genims.core.paths import SCHEMA
from genims.core.settings import settings
from genims.core.sources import SOURCES
from genims.hooks.mysql import GenimsMySqlHook
from genims.hooks.sources import SourcesHook

log = logging.getLogger(__name__)

INDEX = re.compile(r"^CREATE (?:UNIQUE )?INDEX (?P<name>\w+) ON (?P<table>\w+) \(.*\);$", re.MULTILINE)

READABLE_TABLES = """
SELECT t.readable
FROM postgres_query('{}', $$
    SELECT count(*) AS readable
    FROM pg_class AS c
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND has_table_privilege(c.oid, 'SELECT')
$$) AS t
"""

# What the signed-in user may do; information_schema shows nobody else's rights to it.
RIGHTS = """
SELECT privilege_type, '*', '*' FROM information_schema.user_privileges
UNION ALL
SELECT privilege_type, table_schema, '*' FROM information_schema.schema_privileges
UNION ALL
SELECT privilege_type, table_schema, table_name FROM information_schema.table_privileges
"""

# Each of the two databases: the setting that names it, and the files that say what it holds.
DATABASES = {
    "mysql_reporting_db": ("mysql_reporting_schema.sql", "mysql_reporting_indexes.sql"),
    "mysql_audit_db": ("mysql_audit_schema.sql", "mysql_audit_indexes.sql"),
}


@contextmanager
def admin(database: str = "") -> Iterator[MySQLdb.cursors.Cursor]:
    """A cursor of the administrator, in the named database."""
    hook = GenimsMySqlHook(connections.ADMIN)
    hook.schema = database
    with closing(hook.get_conn()) as connection, connection.cursor() as cursor:
        yield cursor


def create_missing_indexes() -> None:
    """Create the indexes of the index files that their tables do not have."""
    for setting, (_, index_file) in DATABASES.items():
        database = getattr(settings(), setting)
        with admin(database) as cursor:
            present = _indexes(cursor, database)
            for index in INDEX.finditer((SCHEMA / index_file).read_text()):
                if (index["table"], index["name"]) not in present:
                    log.info("Creating index %s on %s.", index["name"], index["table"])
                    cursor.execute(index[0].rstrip(";"))


def create_missing_columns() -> None:
    """Add the columns that audit tables of an older release lack; their rows are evidence and stay as they are."""
    with admin(settings().mysql_audit_db) as cursor:
        for column in add_missing_columns(cursor):
            log.info("Added column %s.", column)


def create_missing_partitions() -> None:
    """Create the monthly partitions of the audit tables, up to some months ahead."""
    with admin(settings().mysql_audit_db) as cursor:
        added = partitions.ensure_partitions(cursor, datetime.now(UTC).date())
        strays = partitions.tables_with_stray_rows(cursor)
    if added:
        log.info("Added partitions up to %s to %s tables.", max(map(max, added.values())), len(added))
    if strays:
        log.warning("Rows dated beyond all monthly partitions, so the clock of a source is wrong: %s", strays)


def users() -> list[tuple[str, str]]:
    """Name and password of each user of the platform; those that are not configured are left out."""
    env = settings()
    configured = [
        (env.mysql_reporting_user, env.mysql_reporting_password),
        (env.mysql_audit_user, env.mysql_audit_password),
        (env.mysql_backup_user, env.mysql_backup_password),
        (env.mysql_auditor_user, env.mysql_auditor_password),
    ]
    return [(name, password.get_secret_value()) for name, password in configured if name]


def create_users() -> None:
    """Create each user and set its password to the configured one.

    The administrator is left as it is, also where a setting names it as one of the users.
    """
    administrator = connections.connection(connections.ADMIN).login
    with admin() as cursor:
        for name, password in users():
            if name == administrator:
                log.warning("%s is the administrator and does another user's work too: not least privilege.", name)
                continue
            # These statements carry the password: they are never logged.
            cursor.execute("CREATE USER IF NOT EXISTS %s@'%%' IDENTIFIED BY %s", (name, password))
            cursor.execute("ALTER USER %s@'%%' IDENTIFIED BY %s", (name, password))
            log.info("User %s can sign in.", name)


def verify() -> None:
    """Prove that the platform is as declared and that every user can do its work and no more.

    :raises PlatformError: something is missing or different; the message lists all of it.
    """
    differences = []
    for setting, files in DATABASES.items():
        differences += _differences(getattr(settings(), setting), *(SCHEMA / file for file in files))
    differences += _rights()
    differences += _unreachable_sources()
    if differences:
        raise PlatformError("The platform is not as declared:\n  " + "\n  ".join(differences))
    log.info("Tables, columns, indexes, users and %s sources are as declared.", len(SOURCES))


def _differences(database: str, schema: Path, indexes: Path) -> list[str]:
    with admin(database) as cursor:
        cursor.execute(
            "SELECT default_character_set_name, default_collation_name FROM information_schema.schemata "
            "WHERE schema_name = %s",
            (database,),
        )
        character_set = cursor.fetchone()
        live = _columns(cursor, database)
        partitioned = partitions.partitioned_tables(cursor)
        unprepared = partitions.missing_months(cursor, datetime.now(UTC).date())
        present = _indexes(cursor, database)

    found = []
    if character_set != ("utf8mb4", "utf8mb4_unicode_ci"):
        found.append(f"{database}: expected utf8mb4, utf8mb4_unicode_ci, found {character_set}")
    declared = ddl.tables(schema)
    for table in declared.values():
        expected = {column.name: column.type.lower() for column in table.columns.values()}
        if table.name not in live:
            found.append(f"{database}.{table.name}: expected a table, found none")
        elif live[table.name] != expected:
            differing = sorted(set(live[table.name].items()) ^ set(expected.items()))
            found.append(
                f"{database}.{table.name}: columns differ from {schema.name}: {differing}. A reporting table: drop it, "
                "run this DAG again, then reporting_sync with rebuild. An audit table: ALTER it, its rows are evidence"
            )
        if table.name in live and ("PARTITION BY" in table.statement) != (table.name in partitioned):
            found.append(f"{database}.{table.name}: partitions differ from {schema.name}")
    found += [f"{database}.{name}: expected no such table, found one" for name in sorted(set(live) - set(declared))]
    for table, months in unprepared.items():
        found.append(f"{database}.{table}: no partition for {', '.join(f'{month:%Y-%m}' for month in months)}")
    for index in INDEX.finditer(indexes.read_text()):
        if (index["table"], index["name"]) not in present:
            found.append(f"{database}.{index['table']}: index {index['name']} is missing")
    return found


def _columns(cursor, database: str) -> dict[str, dict[str, str]]:
    cursor.execute(
        "SELECT table_name, column_name, column_type FROM information_schema.columns "
        "WHERE table_schema = %s ORDER BY table_name, ordinal_position",
        (database,),
    )
    tables = {}
    for table, column, column_type in cursor.fetchall():
        tables.setdefault(table, {})[column] = column_type.lower()
    return tables


def _indexes(cursor, database: str) -> set[tuple[str, str]]:
    cursor.execute(
        "SELECT DISTINCT table_name, index_name FROM information_schema.statistics WHERE table_schema = %s",
        (database,),
    )
    return set(cursor.fetchall())


def _rights() -> list[str]:
    """Sign in as the two writers and try what they must and must not be able to do."""
    found = []
    administrator = connections.connection(connections.ADMIN).login
    for conn_id in (connections.REPORTING, connections.AUDIT):
        user = connections.connection(conn_id).login
        with closing(GenimsMySqlHook(conn_id).get_conn()) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM information_schema.tables WHERE table_schema = DATABASE()")
            if not cursor.fetchone()[0]:
                found.append(f"{user} sees no table through connection {conn_id}: its grants are missing")
            if conn_id == connections.AUDIT and user != administrator:
                found += _audit_rights(cursor, user)
    return found


def _audit_rights(cursor, user: str) -> list[str]:
    """What the audit writer may do beyond its work, and cannot do of it."""
    database = settings().mysql_audit_db
    cursor.execute(RIGHTS)
    rights = set(cursor.fetchall())
    expected = {("USAGE", "*", "*"), ("SELECT", database, "*"), ("INSERT", database, "*")}
    expected |= {("UPDATE", database, "audit_sequence_manager"), ("SELECT", "performance_schema", "accounts")}
    found = [f"{user} may {right} on {scope}.{table}: expected not to" for right, scope, table in rights - expected]
    found += [f"{user} may not {right} on {scope}.{table}: expected to" for right, scope, table in expected - rights]
    return sorted(found)


def _unreachable_sources() -> list[str]:
    with SourcesHook().open(SOURCES) as duck:
        empty = [name for name in SOURCES if not duck.execute(READABLE_TABLES.format(name)).fetchone()[0]]
    return [f"source {SOURCES[name]}: expected tables that its user may read, found none" for name in empty]
