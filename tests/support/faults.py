"""Loads that go wrong on purpose: run as Airflow runs them, disturbed at a chosen step, and looked at afterwards."""

from __future__ import annotations

import logging
import multiprocessing
import os
import re
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace

import MySQLdb
from airflow.sdk import DAG
from MySQLdb.connections import Connection
from MySQLdb.cursors import BaseCursor

from genims import reporting_run, source_contract
from genims.hooks import sources
from genims.paths import SCHEMA, SQL
from genims.reporting_run import loaded_columns
from genims.reporting_table import read_table
from genims.settings import business_rules, settings
from genims.staging import Staging
from genims.transfers.sources_to_mysql import SourcesToMySqlOperator

TODAY = datetime.now(UTC).date()
PARAMS = {"from": None, "to": None, "rebuild": False, "tables": []}


class Table:
    """A reporting table as its task loads it.

    :param name: the table.
    :param folder: where its query and declaration are; the package's own by default.
    """

    def __init__(self, name: str, folder: Path | None = None):
        self.name = name
        self.folder = folder
        self.run_id = ""

    def load(self, **params) -> None:
        """Run the table's task once, with the given parameters of its DAG run."""
        self.run_id = f"test__{uuid.uuid4()}"
        with DAG(dag_id="faults", schedule=None, template_searchpath=[str(self.folder or SQL), str(SQL)]):
            task = SourcesToMySqlOperator(table=read_table((self.folder or SQL) / "reporting" / f"{self.name}.sql"))
        now = datetime.now(UTC)
        context = {
            "params": PARAMS | {name.rstrip("_"): value for name, value in params.items()},
            "run_id": self.run_id,
            "ti": SimpleNamespace(try_number=1),
            "data_interval_end": now,
            "dag_run": SimpleNamespace(run_after=now),
        }
        task.render_template_fields(context, task.get_template_env())
        task.execute(context)

    def rows(self) -> list[tuple]:
        """What the table holds, but for the time of publishing."""
        names = loaded_columns(self.name)
        return query(f"SELECT {', '.join(names)} FROM {settings().mysql_reporting_db}.{self.name} ORDER BY 1, 2, 3")

    def checksum(self) -> str:
        return sha256(repr(self.rows()).encode()).hexdigest()

    def logged(self) -> SimpleNamespace:
        """The row that the last load left in ``audit_etl_sync_log``."""
        names = "status, error, rows_read, rows_loaded, rows_rejected, window_start, window_end"
        found = query(
            f"SELECT {names} FROM {settings().mysql_audit_db}.audit_etl_sync_log WHERE run_id = %s", (self.run_id,)
        )
        assert len(found) == 1, f"expected one row in the run log, found {found}"
        return SimpleNamespace(**dict(zip(names.split(", "), found[0], strict=True)))

    def require_unharmed(self, before: str) -> None:
        """Nothing was lost, nothing half published, and nothing lies about."""
        assert self.checksum() == before
        assert staged_tables() == []


class ScratchTable(Table):
    """A reporting table of the tests' own, and the source table behind it.

    :param owner: a session of the owner of the source database ``master``.
    """

    COLUMNS = """
        day       DATE          NOT NULL,
        id        VARCHAR(20)   CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin NOT NULL,
        note      VARCHAR(40)   COMMENT 'A text',
        amount    DECIMAL(12,2) COMMENT 'An amount',
        quantity  INT           COMMENT 'A number',
        seen_at   DATETIME(6)   COMMENT 'An instant',
    """
    SOURCE = "day date, id text, note text, amount numeric(18,2), quantity bigint, seen_at timestamp"
    QUERY = "SELECT * FROM master.fault_rows WHERE {{ window('day') }}"

    def __init__(self, folder: Path, owner):
        super().__init__("fault_rows", folder)
        self.owner = owner

    def create(
        self, columns: str = COLUMNS, source: str = SOURCE, select: str = QUERY, load: str = "window"
    ) -> ScratchTable:
        """Write its query and declaration, and create both tables."""
        header = {
            "description": "Rows of a test.",
            "category": "performance",
            "reads": "[master]",
            "grain": "[day, id]",
            "load": load,
            "owner": "tests",
        } | ({"lookback": "7 days"} if load == "window" else {})
        (self.folder / "reporting").mkdir(exist_ok=True)
        (self.folder / "reporting" / "fault_rows.sql").write_text(
            "/* ---\n" + "".join(f"{key}: {value}\n" for key, value in header.items()) + f"--- */\n{select}\n"
        )
        block = re.sub(r"^ +", "    ", columns.strip("\n "), flags=re.MULTILINE)
        (self.folder / "mysql_reporting_schema.sql").write_text(
            f"CREATE TABLE IF NOT EXISTS fault_rows (\n    {block}\n"
            "    updated_at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6),\n"
            "    PRIMARY KEY (day, id)\n) ENGINE = InnoDB;\n"
        )
        declared_in(self.folder)
        self.drop_tables()
        self.owner.execute(f"CREATE TABLE fault_rows ({source})")
        run(reporting_run.target(self.name).statement, database=settings().mysql_reporting_db)
        return self

    def drop_tables(self) -> None:
        self.owner.execute("DROP TABLE IF EXISTS fault_rows")
        for name in (settings().mysql_reporting_db, settings().mysql_staging_db):
            run(f"DROP TABLE IF EXISTS {name}.fault_rows, {name}.fault_rows__old")

    def drop(self) -> None:
        self.drop_tables()
        declared_in(SCHEMA)

    def insert(self, *rows: tuple) -> None:
        """Put rows into the source; columns that are not given are NULL."""
        for row in rows:
            self.owner.execute(f"INSERT INTO fault_rows VALUES ({', '.join(['%s'] * len(row))})", row)

    def fill(self, days: int = 3, rows: int = 4, note: str = "as it was") -> None:
        """Put some good rows of each of the last days into the source."""
        self.owner.execute(
            "INSERT INTO fault_rows SELECT %s::date - d, 'K' || r, %s, d + r / 4.0, r, %s::date - d + time '12:00' "
            "FROM generate_series(0, %s) AS d, generate_series(1, %s) AS r",
            (TODAY, note, TODAY, days - 1, rows),
        )


def declared_in(folder: Path) -> None:
    """Let the package read the declarations of reporting tables from ``folder``."""
    reporting_run.SCHEMA = folder
    reporting_run.target.cache_clear()


def root(database: str = "") -> Connection:
    """A session of MySQL's root, committing by itself."""
    env = os.environ
    return MySQLdb.connect(
        host=env["MYSQL_REPORTING_HOST"],
        port=int(env["MYSQL_REPORTING_PORT"]),
        user="root",
        password=env["STACK_MYSQL_ROOT_PASSWORD"],
        database=database,
        charset="utf8mb4",
        autocommit=True,
    )


def query(sql: str, parameters: tuple | None = None, database: str = "") -> list[tuple]:
    with closing(root(database)) as connection, connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())


run = query


def staged_tables() -> list[str]:
    """What lies in the staging database, where at rest nothing lies."""
    return [name for (name,) in query(f"SHOW TABLES FROM {settings().mysql_staging_db}")]


def sessions() -> list[int]:
    """The MySQL sessions that publish."""
    return [
        number
        for (number,) in query(
            "SELECT id FROM performance_schema.processlist WHERE user = %s", (settings().mysql_reporting_user,)
        )
    ]


def kill_sessions() -> None:
    """End the sessions that publish, as a failing network does."""
    for number in sessions():
        run(f"KILL {number}")


@contextmanager
def environment(**variables: str | None) -> Iterator[None]:
    """Let the package read its settings with these environment variables, and as before afterwards."""
    before = {name: os.environ.get(name) for name in variables}
    _set(variables)
    try:
        yield
    finally:
        _set(before)


def _set(variables: dict[str, str | None]) -> None:
    for name, value in variables.items():
        os.environ.pop(name, None)
        if value is not None:
            os.environ[name] = value
    settings.cache_clear()
    business_rules.cache_clear()
    sources._engine.cache_clear()


# The steps of a load, by the function or the statement that begins them.
CALLS = {
    "checking the sources": (source_contract, "check"),
    "examining": (Staging, "examine"),
    "writing the file": (Staging, "write_csv"),
    "committing": (Connection, "commit"),
}
STATEMENTS = {
    "locking": "SELECT GET_LOCK",
    "staging": "LOAD DATA",
    "counting what was staged": "SHOW WARNINGS",
    "deleting": "DELETE FROM",
    "inserting": "INSERT INTO genims_reporting_db",
    "renaming": "RENAME TABLE",
    "dropping the old table": "DROP TABLE genims_staging_db",
}


@contextmanager
def at(step: str, action: Callable[[], object]) -> Iterator[None]:
    """Do ``action`` once, just before ``step`` of the next load in this process."""
    owner, name = CALLS.get(step, (BaseCursor, "execute"))
    inherited = name not in vars(owner)
    original = getattr(owner, name)
    due = [action]

    def disturbed(*arguments, **options):
        if due and (step in CALLS or re.match(rf"(\s|--.*\n)*{STATEMENTS[step]}", arguments[1])):
            due.pop()()
        return original(*arguments, **options)

    setattr(owner, name, disturbed)
    try:
        yield
    finally:
        if inherited:
            delattr(owner, name)
        else:
            setattr(owner, name, original)
    assert not due, f"the load never came to {step}"


PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload([__name__])


class LoadProcess:
    """Loads of one table in another process, as an Airflow worker runs them.

    :param table: what is loaded.
    :param step: where the process stops and waits to be killed; None if it goes on.
    :param times: how often it loads.
    :param environment: environment variables of that process.
    """

    def __init__(
        self, table: Table, step: str | None = None, times: int = 1, environment: dict | None = None, **params
    ):
        self._parent, child = PROCESSES.Pipe()
        variables = dict(os.environ) | (environment or {})
        self.process = PROCESSES.Process(
            target=_work, args=(child, variables, table.name, table.folder, step, times, params), daemon=True
        )
        self.process.start()
        child.close()

    def wait_for_step(self) -> None:
        """Wait until the process has stopped at its step."""
        assert self._answer() == "stopped"

    def result(self) -> str:
        """Wait for the end; returns 'done', or the error as text."""
        answer = self._answer()
        self.process.join(10)
        return answer

    def kill(self) -> None:
        """``kill -9``."""
        self.process.kill()
        self.process.join(10)

    def _answer(self) -> str:
        assert self._parent.poll(60), "the other process did not answer within 60 s"
        return self._parent.recv()


def _work(pipe, variables: dict[str, str], name: str, folder: Path | None, step: str | None, times: int, params: dict):
    logging.disable(logging.CRITICAL)
    os.environ.clear()
    _set(variables)
    if folder:
        declared_in(folder)

    def stop() -> None:
        pipe.send("stopped")
        time.sleep(600)

    try:
        for _ in range(times):
            if step:
                with at(step, stop):
                    Table(name, folder).load(**params)
            else:
                Table(name, folder).load(**params)
        pipe.send("done")
    except Exception as error:
        pipe.send(f"{type(error).__name__}: {error}")
