"""The restore drill: restores a backup into a scratch database, compares every table, and puts the result on record."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from difflib import unified_diff
from typing import Any

from MySQLdb import ProgrammingError
from MySQLdb.cursors import Cursor

from genims.backup.chain import verify_copy
from genims.backup.client import Client, find_client
from genims.backup.databases import AUDIT, DATABASES, Database
from genims.backup.digests import Digests, Structure
from genims.backup.dump import dumped
from genims.backup.manifest import Manifest
from genims.backup.restore import Restored, restore
from genims.backup.sql_stream import SqlStream
from genims.backup.store import Backup, Proof, Store, drill_name
from genims.core import connections
from genims.core.clock import utc_now
from genims.core.errors import BackupBroken, BackupRefused, BlobRefused
from genims.core.paths import SQL
from genims.core.settings import settings
from genims.hooks.mysql import GenimsMySqlHook

log = logging.getLogger(__name__)

PREFIX = "genims_drill_"
QUERIES = SQL / "backup" / "drill"
SCRATCH = "SELECT schema_name FROM information_schema.schemata WHERE schema_name LIKE 'genims\\_drill\\_%'"
TRENDS = 14


def drill(database: Database, name: str | None = None, clock: Callable[[], datetime] = utc_now) -> Proof:
    """Restore a backup, compare it, and write down what was found, good or bad.

    :param name: of the backup; None for the newest.
    :param clock: tells the time in UTC, without time zone.
    :raises BackupRefused: there is no backup, or it is not of this database.
    :raises ConnectionLost: MySQL went away, which says nothing about the backup; nor does any error of a driver.
    """
    store = Store()
    backup = store.backup(name) if name else next(reversed(store.backups(database)), None)
    if backup is None or not backup.name.startswith(f"backup_{database.short}_"):
        raise BackupRefused(f"{database.name}: expected a backup to restore, found {name or 'none'}: run mysql_backup")
    before = store.newest(database, proven=True)
    began = clock()
    found: dict[str, Any] = {"checks": {}, "rows": None, "restore_seconds": None, "error": None}
    try:
        _restore_and_compare(store, backup, database, found, clock)
    except (BackupBroken, BlobRefused, ProgrammingError) as error:
        found["error"] = f"{type(error).__name__}: {error}"
        log.error("%s does not restore: %s", backup.name, error)
    now = clock()
    values = found | {
        "backup": backup.name,
        "database": database.name,
        "manifest_sha256": backup.manifest_sha256,
        "started_at": began.isoformat(),
        "seconds": (now - began).total_seconds(),
        # What would have been lost, had the server been lost just before this backup was proven.
        "rpo_seconds": (now - before.manifest.moment).total_seconds() if before else None,
    }
    blob = drill_name(backup.name, now)
    store.put(blob, values)
    return Proof(blob, values)


def trend(database: Database) -> dict[str, Any]:
    """The last proven backup, and how the last drills went, for people and for health checks."""
    store, drills = Store(), []
    backups = store.backups(database)
    for backup in reversed(backups):
        if len(drills) < TRENDS and (proof := backup.last_proof):
            keys = ("backup", "started_at", "restore_seconds", "rpo_seconds", "error")
            drills.append({key: proof.values[key] for key in keys})
    proven = store.newest(database, proven=True)
    return {"last_proven": proven and proven.name, "moment": proven and proven.manifest.started_at, "drills": drills}


def _restore_and_compare(
    store: Store, backup: Backup, database: Database, found: dict[str, Any], clock: Callable[[], datetime]
) -> None:
    manifest, client = backup.manifest, find_client()
    with scratch_database(database, manifest) as (cursor, scratch):
        began = clock()
        server = connections.connection(database.drill_id)
        restored = restore(store, manifest, client, server, scratch)
        found["restore_seconds"] = (clock() - began).total_seconds()
        found["rows"] = sum(manifest.rows.values())
        found["checks"] |= _compare(client, server, scratch, manifest, restored)
        if database is AUDIT:
            found["checks"]["audit trail"] = verify_copy(cursor.connection, manifest.moment)
        found["checks"]["queries"] = _run_queries(cursor, database)


@contextmanager
def scratch_database(database: Database, manifest: Manifest) -> Iterator[tuple[Cursor, str]]:
    """A database of a random name, which is dropped in any case; those that a killed drill has left are dropped too.

    :param database: whose drill it is.
    :param manifest: of the backup: character set and collation.
    :returns: a session in it, and its name.
    """
    hook = GenimsMySqlHook(database.drill_id)
    with closing(hook.get_conn()) as connection, connection.cursor() as cursor:
        connection.autocommit(True)
        _drop_left_behind(cursor)
        name = PREFIX + secrets.token_hex(8)
        live = {each.name for each in DATABASES.values()} | {settings().mysql_staging_db}
        if name in live:
            raise BackupRefused(f"Expected a scratch database that is none of {live}, found {name}")
        # Held as long as this session lives: another drill then knows that the database is in use.
        cursor.execute("SELECT GET_LOCK(%s, 0)", (name,))
        cursor.execute(
            f"CREATE DATABASE {name} CHARACTER SET {manifest.server['character_set']} "
            f"COLLATE {manifest.server['collation']}"
        )
        try:
            connection.select_db(name)
            yield cursor, name
        finally:
            _drop(database, name)


def _drop(database: Database, name: str) -> None:
    """Drop a scratch database, in a session of its own: the other one may be gone."""
    with closing(GenimsMySqlHook(database.drill_id).get_conn()) as connection, connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {name}")


def _drop_left_behind(cursor: Cursor) -> None:
    cursor.execute(SCRATCH)
    for (name,) in cursor.fetchall():
        cursor.execute("SELECT GET_LOCK(%s, 0)", (name,))
        if cursor.fetchone() == (1,):
            log.warning("Dropping %s, which a drill has left that was killed.", name)
            cursor.execute(f"DROP DATABASE IF EXISTS `{name}`")
            cursor.execute("SELECT RELEASE_LOCK(%s)", (name,))


def _compare(client: Client, server, scratch: str, manifest: Manifest, restored: Restored) -> dict[str, str]:
    """Dump the copy as the original was dumped, and compare both texts: every row, and all that is not rows.

    :raises BackupBroken: they differ; the message names the tables.
    """
    digests, structure = Digests(), Structure()
    stream = SqlStream(digests.on_rows, structure.on_structure)
    for piece in dumped(client, server, [scratch]):
        stream.feed(piece)
    wanted = manifest.rows
    if counts := [
        f"{name}: {wanted.get(name)} rows dumped, {stream.rows.get(name)} restored"
        for name in sorted(wanted.keys() | stream.rows.keys())
        if wanted.get(name) != stream.rows.get(name)
    ]:
        raise BackupBroken(f"{manifest.name}: {'; '.join(counts)}")
    before, after = restored.digests.by_table, digests.by_table
    if differing := sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name)):
        raise BackupBroken(f"{manifest.name}: the rows of {', '.join(differing)} are others after the restore")
    if difference := list(unified_diff(restored.structure.lines, structure.lines, "dumped", "restored", n=0)):
        raise BackupBroken(f"{manifest.name}: tables or other objects are others: {''.join(difference[:20])}")
    return {
        "rows": f"{len(wanted)} tables: counts and digests are those of the dump",
        "structure": "columns, collations, partitions, triggers, views, events and routines are the same",
    }


def _run_queries(cursor: Cursor, database: Database) -> str:
    """Run what people ask of this database.

    :raises MySQLdb.ProgrammingError: the copy lacks what they ask for.
    """
    answered = []
    for path in sorted((QUERIES / database.short).glob("*.sql")):
        cursor.execute(path.read_text())
        answered.append(f"{path.stem}: {len(cursor.fetchall())} rows")
    return ", ".join(answered)
