"""Makes one backup: a dump of one moment, the closed months that it refers to, and the manifest that names all."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from airflow.sdk.exceptions import AirflowNotFoundException
from MySQLdb import OperationalError
from MySQLdb.constants import ER
from MySQLdb.cursors import Cursor

from genims.backup import dump
from genims.backup.client import Client, find_client
from genims.backup.databases import Database
from genims.backup.keys import encryption_keys
from genims.backup.manifest import FULL, NIGHT, Manifest, Part
from genims.backup.months import Counters, Months, closed_months, has_late_rows, month_runs, open_rows
from genims.backup.retention import holds_in_force
from genims.backup.sql_stream import SqlStream
from genims.backup.store import MANIFEST, Store
from genims.core import connections
from genims.core.clock import utc_now
from genims.core.errors import BackupBusy, BackupRefused, BlobRefused, BlobStorageError, DumpFailed
from genims.core.paths import sql
from genims.core.settings import settings
from genims.hooks.mysql import GenimsMySqlHook, admin

log = logging.getLogger(__name__)

DATABASE = sql("backup/database")
TABLES = sql("backup/tables")
OBJECTS = sql("backup/objects")


def back_up(database: Database, full: bool = False, clock: Callable[[], datetime] = utc_now) -> Manifest:
    """Dump a database and store it; the backup is there as soon as its manifest is, and not before.

    :param full: one plain dump of everything, which refers to no other blob.
    :param clock: tells the time in UTC, without time zone.
    :returns: what was stored.
    :raises BackupRefused: it cannot be made as things are; nothing was stored.
    :raises BackupBusy: another backup of this database is being made.
    :raises DumpFailed: a dump did not come to its end; nothing was stored.
    :raises BlobStorageError: Blob Storage did not answer; nothing was stored.
    """
    return _Backing(database, full, clock).run()


class _Backing:
    """One backup in the making."""

    def __init__(self, database: Database, full: bool, clock: Callable[[], datetime]):
        self.database = database
        self.clock = clock
        self.full = full
        self.store = Store()
        self.client: Client = find_client()
        self.server = connections.connection(database.backup_id)
        self.key, _ = encryption_keys()
        self.counters = Counters()
        self.stream = SqlStream(on_rows=self.counters.on_rows)
        self.month_parts: list[Part] = []

    def run(self) -> Manifest:
        with _alone(self.database) as cursor:
            started = self.clock()
            about = _about(cursor, self.database)
            self.client.check_server(about["version"])
            tables = _tables(cursor, self.database)
            months = closed_months(cursor, started) if self.database.has_closed_months and not self.full else []
            day = f"{started.replace(tzinfo=UTC).astimezone(settings().timezone):%Y%m%d}"
            name = self.store.free_name(self.database, day, self.full, encrypted=self.key is not None)

            def complete(part: Part) -> None:
                self._check(part, tables)
                self.month_parts = [self._month(cursor, each) for each in months]

            what = [*_without_hidden_events(cursor), *([f"--where={open_rows(months)}"] if months else [])]
            own = self._store(name, [[*what, self.database.name]], self.stream, complete, local=_local(name))
            until = started + self.database.kept
            storage = self._protect([own.blob], until)
            manifest = Manifest(
                name=name,
                database=self.database.name,
                kind=FULL if self.full else NIGHT,
                parts=[own, *self.month_parts],
                started_at=started.isoformat(),
                ended_at=self.clock().isoformat(),
                retain_until=until.isoformat(),
                server=about,
                client=self.client.text,
                flags=list(self.client.flags),
                objects=sorted(f"{kind} {each}" for kind, each in self.stream.objects if kind != "table"),
                definers=sorted(self.stream.definers),
                storage=storage,
            )
            self.store.container.put_new(name + MANIFEST, manifest.written(self.store.keys))
            self._protect([name + MANIFEST, *(part.blob for part in self.month_parts)], until)
        log.info("%s: %s rows, %s bytes stored.", name, sum(manifest.rows.values()), own.stored_bytes)
        return manifest

    def _store(self, name: str, runs: list[list[str]], stream: SqlStream, *arguments, **options) -> Part:
        return dump.store(
            self.store.container, name, self.client, self.server, runs, self.key, stream, *arguments, **options
        )

    def _check(self, part: Part, tables: set[str]) -> None:
        """Refuse a dump that lacks something of the database.

        :raises DumpFailed: a table is missing: it was made or dropped meanwhile.
        :raises BackupRefused: the backup user may not see a trigger, an event, a routine or a view.
        """
        if missing := tables - part.rows.keys():
            raise DumpFailed(
                f"{self.database.name}: expected all tables in the dump, found that it lacks "
                f"{', '.join(sorted(missing))}: they changed meanwhile. Nothing was stored"
            )
        if hidden := _objects(self.database) - self.stream.objects:
            names = ", ".join(sorted(f"{kind} {name}" for kind, name in hidden))
            raise BackupRefused(
                f"{self.database.name}: expected in the dump what the database has, found that it lacks {names}: "
                "MYSQL_BACKUP_USER may not see them. Drop them, they are not part of schema/. Nothing was stored"
            )

    def _month(self, cursor: Cursor, months: Months) -> Part:
        """Closed months as an earlier backup has stored them, else dumped now."""
        # A transaction that was open since the beginning would not see what was added since.
        cursor.connection.rollback()
        known = self._stored_months.get(months.end)
        if known and known.first == months.first and known.numbers and not has_late_rows(cursor, months, known):
            return known
        numbers = self.counters.numbers
        name = self.store.month_name(self.database, months.first, months.end, encrypted=self.key is not None)
        runs = month_runs(months, numbers, self.database.name)
        part = self._store(name, runs, SqlStream())
        log.info("%s: dumped once, for all nights to come.", name)
        return replace(part, first=months.first, end=months.end, numbers=numbers)

    @property
    def _stored_months(self) -> dict[str, Part]:
        """Closed months that are stored already, by their end: those of the newest backup that has any."""
        if not hasattr(self, "_months"):
            blobs = self.store.months(self.database)
            parts = next((found for each in self.store.intact(self.database) if (found := _month_parts(each))), [])
            for part in parts:
                if part.blob not in blobs or blobs[part.blob].size != part.stored_bytes:
                    log.error("%s: expected %s bytes, found another blob or none.", part.blob, part.stored_bytes)
            self._months = {
                part.end: part for part in parts if part.blob in blobs and blobs[part.blob].size == part.stored_bytes
            }
        return self._months

    def _protect(self, names: list[str], until: datetime) -> dict[str, Any]:
        """Let nobody delete blobs before their time, where the account can; returns what was found and done."""
        try:
            if not self.store.container.takes_policies():
                return {"immutability": "not supported by the container"}
            holds = holds_in_force(self.database)
            for name in names:
                self.store.container.keep_until(name, until)
                if holds:
                    self.store.container.hold(name)
        except (BlobRefused, BlobStorageError) as error:
            log.warning("The backup is not protected against deletion: %s", error)
            return {"immutability": f"not set: {error}"}
        return {"immutability": f"set until {until.isoformat()}", "legal holds": holds}


def _month_parts(backup) -> list[Part]:
    return [part for part in backup.manifest.parts if part.is_month]


@contextmanager
def _alone(database: Database) -> Iterator[Cursor]:
    """A session of the backup user, while no other makes a backup of this database.

    :raises BackupBusy: another does.
    """
    with closing(GenimsMySqlHook(database.backup_id).get_conn()) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT GET_LOCK(LEFT(CONCAT('genims.backup.', DATABASE()), 64), 0)")
        if cursor.fetchone() != (1,):
            raise BackupBusy(
                f"{database.name}: expected to make a backup alone, found another one being made. Try again later"
            )
        yield cursor


def _about(cursor: Cursor, database: Database) -> dict[str, str]:
    cursor.execute(DATABASE, {"database": database.name})
    names = [name for name, *_ in cursor.description]
    return dict(zip(names, map(str, cursor.fetchone()), strict=True))


def _tables(cursor: Cursor, database: Database) -> set[str]:
    """The tables of the database.

    :raises BackupRefused: one has an engine without snapshots.
    """
    cursor.execute(TABLES, {"database": database.name})
    engines = dict(cursor.fetchall())
    if others := {name: engine for name, engine in engines.items() if engine != "InnoDB"}:
        raise BackupRefused(
            f"{database.name}: expected InnoDB tables alone, found {others}: only InnoDB shows one moment without "
            "locks. ALTER TABLE ... ENGINE = InnoDB"
        )
    return set(engines)


def _without_hidden_events(cursor: Cursor) -> list[str]:
    """The flag that a user without the right EVENT needs, which would also let it make events."""
    try:
        cursor.execute("SHOW EVENTS")
    except OperationalError as error:
        if error.args[0] != ER.DBACCESS_DENIED_ERROR:
            raise
        return ["--skip-events"]
    return []


def _objects(database: Database) -> set[tuple[str, str]]:
    """Triggers, events, routines and views of the database, as the administrator sees them."""
    try:
        with admin(database.name) as cursor:
            cursor.execute(OBJECTS, {"database": database.name})
            return {(kind, name) for kind, name in cursor.fetchall()}
    except AirflowNotFoundException:
        log.warning("No administrator is set: triggers and events that the backup user may not see are not found.")
        return set()


def _local(name: str) -> Path | None:
    directory = settings().genims_backup_directory
    return Path(directory) / name if directory else None
