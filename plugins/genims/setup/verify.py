"""Proves that the MySQL server and its users are as declared, and that every source answers."""

from __future__ import annotations

import logging
from contextlib import closing
from pathlib import Path

from genims.audit.ledger import partitions
from genims.core import connections, ddl
from genims.core.clock import utc_now
from genims.core.errors import PlatformError
from genims.core.paths import SCHEMA, sql
from genims.core.settings import settings
from genims.core.sources import SOURCES
from genims.core.sql_text import literal
from genims.hooks.mysql import GenimsMySqlHook, admin
from genims.hooks.sources import SourcesHook
from genims.setup.schema import DATABASES, INDEX, indexes_of

log = logging.getLogger(__name__)


def verify() -> None:
    """Prove that the platform is as declared and that every user can do its work and no more.

    :raises PlatformError: something is missing or different; the message lists every difference.
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
        unprepared = partitions.missing_months(cursor, utc_now().date())
        present = indexes_of(cursor, database)

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


def _rights() -> list[str]:
    """Sign in as the two writers and compare what they may do with what they need."""
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
    """The rights that the audit writer has beyond its work, and those that it lacks."""
    database = settings().mysql_audit_db
    cursor.execute(sql("setup/own_rights"))
    rights = set(cursor.fetchall())
    expected = {("USAGE", "*", "*"), ("SELECT", database, "*"), ("INSERT", database, "*")}
    expected |= {("UPDATE", database, "audit_sequence_manager"), ("SELECT", "performance_schema", "accounts")}
    found = [f"{user} may {right} on {scope}.{table}: expected not to" for right, scope, table in rights - expected]
    found += [f"{user} may not {right} on {scope}.{table}: expected to" for right, scope, table in expected - rights]
    return sorted(found)


def _unreachable_sources() -> list[str]:
    with SourcesHook().open(SOURCES) as duck:
        count = literal(sql("setup/readable_tables"))
        empty = [name for name in SOURCES if not duck.execute(f"FROM postgres_query('{name}', {count})").fetchone()[0]]
    return [f"source {SOURCES[name]}: expected tables that its user may read, found none" for name in empty]
