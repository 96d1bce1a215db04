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
from genims.hooks.postgres import connect
from genims.hooks.sources import SourcesHook
from genims.setup.reader_rights import listed
from genims.setup.rights import declared_rights, present_rights
from genims.setup.schema import DATABASES, INDEX, indexes_of
from genims.setup.users import platform_users

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
    differences += _reader_excess()
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
                "run this DAG again, then reporting_load with rebuild. An audit table: ALTER it, its rows are evidence"
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
    """What the users may do beyond what they should, what they may not, and whether the two writers can sign in."""
    with admin() as cursor:
        present, declared = present_rights(cursor), declared_rights()
        found = [f"{right}: expected no such right, found it" for right in sorted(present - declared)]
        found += [f"{right}: expected this right, found none" for right in sorted(declared - present)]
        found += _strange_accounts(cursor)
    for conn_id in (connections.REPORTING, connections.AUDIT):
        with closing(GenimsMySqlHook(conn_id).get_conn()):
            log.info("%s signs in.", connections.connection(conn_id).login)
    return found


def _strange_accounts(cursor) -> list[str]:
    """Accounts of the platform's users for other hosts than the configured one, and those that need no TLS."""
    users = platform_users()
    cursor.execute("SELECT user, host FROM information_schema.user_attributes WHERE user IN %s", (users,))
    host = settings().mysql_user_host
    found = [
        f"account {user}@{other}: expected none but for host {host}; drop it"
        for user, other in cursor.fetchall()
        if other != host
    ]
    if settings().mysql_ssl_mode != "DISABLED":
        for user in users:
            cursor.execute("SHOW CREATE USER %s@%s", (user, host))
            if " REQUIRE NONE " in cursor.fetchone()[0]:
                found.append(f"account {user}@{host}: expected REQUIRE SSL, found REQUIRE NONE")
    return found


def _unreachable_sources() -> list[str]:
    with SourcesHook().open(SOURCES) as duck:
        count = literal(sql("setup/readable_tables"))
        empty = [name for name in SOURCES if not duck.execute(f"FROM postgres_query('{name}', {count})").fetchone()[0]]
    return [f"source {SOURCES[name]}: expected tables that its user may read, found none" for name in empty]


def _reader_excess() -> list[str]:
    """What the users that read the sources may do there beyond that."""
    found = []
    for name, database in SOURCES.items():
        reader = connections.connection(connections.source_id(name))
        with connect(reader, "genims_platform_setup") as session:
            for (excess,) in session.execute(sql("setup/reader_excess"), {"listed": listed(database)}):
                found.append(
                    f"source {database}: {reader.login} {excess}: expected no such right; take it away, and see "
                    "python -m genims.setup.reader_rights"
                )
    return found
