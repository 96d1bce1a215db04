"""A PostgreSQL server of a test's own with one captured table, to be moved, copied and set back as a source."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from dev.stack.ports import LOOPBACK, free_port
from dev.stack.postgres import Postgres, find_postgres
from dev.stack.processes import give_to_unprivileged
from genims.audit.capture.install import install
from genims.core.settings import settings
from tests.support.faults.faults import environment, query

SOURCE = "sync"  # the source that the server takes the place of
DATABASE = "moved_db"
TABLE = "CREATE TABLE inventory_sync_mappings (mapping_id text PRIMARY KEY, last_sync_status text)"
FORGET = (
    "UPDATE audit_sequence_manager SET cluster_id = NULL, done_snapshot = NULL, reading_snapshot = NULL, "
    "after_seq = NULL, last_source_sequence = NULL, lost_since = NULL WHERE source_database = 'sync'"
)


class Cluster(Postgres):
    """A server below a home of its own.

    :param home: its directory.
    :param stack: the settings of the test's stack, which names the roles.
    """

    def __init__(self, home: Path, stack: dict[str, str]):
        home.mkdir(exist_ok=True)
        super().__init__(home, stack | {"POSTGRES_PORT": str(free_port())})
        self.home = home

    def _create_databases(self) -> None:
        with psycopg.connect(self.dsn, dbname="postgres", autocommit=True) as session:
            if not session.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,)).fetchone():
                session.execute(f"CREATE DATABASE {DATABASE}")

    def _create_tables(self, schema: Path) -> None:
        """It has no table of the sources."""

    def start(self) -> None:
        self.up(sample_data=False)

    def stop(self) -> None:
        self.process.stop()

    def copy(self, home: Path) -> Cluster:
        """The files of this server, which must be stopped, as those of another one."""
        other = Cluster(home, self._settings)
        shutil.copytree(self.home / "postgres", home / "postgres", dirs_exist_ok=True)
        for path in [home / "postgres", *(home / "postgres").rglob("*")]:
            give_to_unprivileged(path)
        (home / "postgres" / "data" / "postmaster.pid").unlink(missing_ok=True)
        return other

    def restore(self, dumped: Cluster) -> None:
        """Put the database of another server into this one, by pg_dump and psql."""
        programs = find_postgres()
        environment = os.environ | {"PGPASSWORD": self._settings["STACK_POSTGRES_OWNER_PASSWORD"]}
        dump = subprocess.run(
            [programs / "pg_dump", *dumped.place], env=environment, capture_output=True, check=True
        ).stdout
        subprocess.run(
            [programs / "psql", "-q", "-v", "ON_ERROR_STOP=1", *self.place],
            env=environment, input=dump, check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip

    @property
    def place(self) -> list[str]:
        """Where the database is, as options of PostgreSQL's programs."""
        return ["-h", LOOPBACK, "-p", str(self.port), "-U", self._settings["STACK_POSTGRES_OWNER"], "-d", DATABASE]

    def connect(self) -> psycopg.Connection:
        """A session of the owner in the database, committing by itself."""
        return psycopg.connect(self.dsn, dbname=DATABASE, autocommit=True)

    def change(self, first: int, last: int) -> None:
        """Give the one row the numbers from ``first`` to ``last``, one after the other."""
        with self.connect() as session:
            for number in range(first, last + 1):
                session.execute("UPDATE inventory_sync_mappings SET last_sync_status = %s", (str(number),))

    def spend_transactions(self, number: int) -> None:
        """Let the server be that many transactions further on."""
        with self.connect() as session:
            for _ in range(number):
                session.execute("SELECT pg_current_xact_id()")

    @contextmanager
    def as_source(self) -> Iterator[None]:
        """The connections of the source name this server inside."""
        owner, password = (self._settings[f"STACK_POSTGRES_OWNER{end}"] for end in ("", "_PASSWORD"))
        with environment(
            POSTGRES_SYNC_HOST=LOOPBACK,
            POSTGRES_SYNC_PORT=str(self.port),
            POSTGRES_SYNC_DB=DATABASE,
            POSTGRES_SYNC_CAPTURE_USERNAME=owner,
            POSTGRES_SYNC_CAPTURE_PASSWORD=password,
        ):
            yield


@contextmanager
def captured_cluster(home: Path, stack: dict[str, str]) -> Iterator[Cluster]:
    """A running server whose one table is captured; MySQL has forgotten which server the source was before."""
    cluster = Cluster(home, stack)
    query(FORGET, database=settings().mysql_audit_db)
    try:
        cluster.start()
        with cluster.connect() as session:
            session.execute(TABLE)
            session.execute("INSERT INTO inventory_sync_mappings VALUES ('M-1', '0')")
        with cluster.as_source():
            install(SOURCE)
        with cluster.connect() as session:
            # Numbers that no other test's server has given.
            session.execute("SELECT setval('genims_audit.event_seq_seq', %s)", (_next_number(),))
        yield cluster
    finally:
        cluster.stop()
        query(FORGET, database=settings().mysql_audit_db)


def _next_number() -> int:
    last = "SELECT COALESCE(MAX(source_sequence), 0) FROM system_audit_log WHERE source_database = %s"
    [(number,)] = query(last, (SOURCE,), database=settings().mysql_audit_db)
    return int(number) // 100 * 100 + 1_001
