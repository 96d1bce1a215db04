"""Loads that fail on purpose: run as Airflow runs them, disturbed at a chosen step, and inspected afterwards."""

from __future__ import annotations

import atexit
import logging
import multiprocessing
import os
import re
import resource
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from threading import Thread
from types import SimpleNamespace

import MySQLdb
import pytest
from airflow.sdk import DAG, BaseOperator, RetryAction
from MySQLdb.connections import Connection
from MySQLdb.cursors import BaseCursor

from dev.stack.steps import wait_until
from genims.core import ddl
from genims.core.paths import SCHEMA, SQL
from genims.core.settings import settings
from genims.dag_defaults import DEFAULT_ARGS
from genims.engine import source_contract
from genims.engine import table as reporting_table
from genims.engine.run_log import SyncAttempt
from genims.engine.staging import Staging
from genims.engine.table import LoadedTable, loaded_columns, read_table
from genims.operators.reconcile import ReconcileOperator
from genims.reporting.days import NIGHTLY_LOOKBACK
from genims.reporting.tables import CATEGORIES
from genims.transfers.sources_to_mysql import SourcesToMySqlOperator
from tests.support.servers import use
from tests.support.tasks import load_context

TODAY = datetime.now(settings().timezone).date()
# Separate databases, so that interrupted tests leave nothing in those of the platform.
DATABASES = {"MYSQL_REPORTING_DB": "fault_tests_db", "MYSQL_STAGING_DB": "fault_tests_staging_db"}


def noon(days_ago: int) -> datetime:
    """Noon of a business day."""
    day = TODAY - timedelta(days=days_ago)
    return datetime(day.year, day.month, day.day, 12, tzinfo=settings().timezone)


class Table:
    """A reporting table, loaded by its task.

    :param name: the table.
    :param folder: where its query and its declaration are; the package's own by default.
    """

    def __init__(self, name: str, folder: Path = SQL):
        self.name = name
        self.folder = folder
        self.run_id = ""

    @property
    def declared(self) -> LoadedTable:
        return read_table(self.folder / "reporting" / f"{self.name}.sql", CATEGORIES)

    def load(self, hour: datetime | None = None, nightly: bool = False, **params) -> None:
        """Run the task once.

        :param hour: the hour whose run it is; the present one by default.
        :param nightly: recompute as far back as the nightly run does.
        :param params: the parameters of the DAG run, such as ``from_``.
        """
        lookback = NIGHTLY_LOOKBACK if nightly else timedelta(0)
        self._run(partial(SourcesToMySqlOperator, least_lookback=lookback), load_context(hour, **params))

    def reconcile(self) -> None:
        """Run the task that compares the table with its sources."""
        self._run(ReconcileOperator, load_context())

    def _run(self, operator: Callable[..., BaseOperator], context: dict) -> None:
        self.run_id = context["run_id"]
        with DAG(dag_id="faults", schedule=None, template_searchpath=[str(self.folder), str(SQL)]):
            task = operator(table=self.declared)
        task.render_template_fields(context, task.get_template_env())
        task.execute(context)

    def rows(self) -> list[tuple]:
        """What the table holds, but for the time of publishing."""
        place = f"{settings().mysql_reporting_db}.{self.name}"
        order = ", ".join(self.declared.grain)
        return query(f"SELECT {', '.join(loaded_columns(self.name))} FROM {place} ORDER BY {order}")

    def logged(self) -> SimpleNamespace | None:
        """The row that the last task left in ``audit_etl_sync_log``."""
        names = ("action", "status", "error", "rows_read", "rows_loaded", "rows_rejected", "checks")
        found = query(
            f"SELECT {', '.join(names)} FROM {settings().mysql_audit_db}.audit_etl_sync_log WHERE run_id = %s",
            (self.run_id,),
        )
        assert len(found) <= 1
        return SimpleNamespace(**dict(zip(names, found[0], strict=True))) if found else None


class ScratchTable(Table):
    """A reporting table of the tests' own, and the source table behind it.

    :param folder: where its query and its declaration are written.
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
    LOAD = "load: window\nlookback: 7 days\n"

    def __init__(self, folder: Path, owner):
        super().__init__("fault_rows", folder)
        self.owner = owner

    def create(
        self, columns: str = COLUMNS, source: str = SOURCE, select: str = QUERY, header: str = LOAD
    ) -> ScratchTable:
        """Write its query and its declaration, and create both tables, empty."""
        (self.folder / "reporting").mkdir(exist_ok=True)
        (self.folder / "reporting" / "fault_rows.sql").write_text(
            "/* ---\ndescription: Rows of a test.\ncategory: performance\nreads: [master]\ngrain: [day, id]\n"
            f"{header}owner: tests\n--- */\n{select}\n"
        )
        (self.folder / "mysql_reporting_schema.sql").write_text(
            f"CREATE TABLE IF NOT EXISTS fault_rows ({columns}"
            "    updated_at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6),\n"
            "    PRIMARY KEY (day, id)\n) ENGINE = InnoDB;\n"
        )
        declared_in(self.folder)
        self.drop_tables()
        self.owner.execute(f"CREATE TABLE fault_rows ({source}); GRANT SELECT ON fault_rows TO PUBLIC")
        query(reporting_table.target(self.name).statement, database=settings().mysql_reporting_db)
        return self

    def drop_tables(self) -> None:
        self.owner.execute("DROP TABLE IF EXISTS fault_rows")
        for database in (settings().mysql_reporting_db, settings().mysql_staging_db):
            query(f"DROP TABLE IF EXISTS {database}.fault_rows, {database}.fault_rows__old")

    def insert(self, *row) -> None:
        """Put a row into the source; columns that are not given are NULL."""
        self.owner.execute(f"INSERT INTO fault_rows VALUES ({', '.join(['%s'] * len(row))})", row)

    def insert_many(self, rows: list[tuple]) -> None:
        """Put whole rows into the source."""
        with self.owner.cursor() as cursor:
            cursor.executemany(f"INSERT INTO fault_rows VALUES ({', '.join(['%s'] * len(rows[0]))})", rows)

    def fill(self, days: int = 3, rows: int = 4) -> None:
        """Put some good rows for each of the last days into the source."""
        self.owner.execute(
            "INSERT INTO fault_rows SELECT %s::date - d, 'K' || r, 'as it was', d + r / 4.0, r, %s::date - d "
            "FROM generate_series(0, %s) AS d, generate_series(1, %s) AS r",
            (TODAY, TODAY, days - 1, rows),
        )

    def number(self, version: int) -> None:
        """Let every row of the source carry the number of a version."""
        self.owner.execute("UPDATE fault_rows SET note = %s, quantity = %s", (f"version {version}", version))

    def change(self, note: str) -> None:
        """Let every row of the source say something else."""
        self.owner.execute("UPDATE fault_rows SET note = %s", (note,))


def create_databases() -> None:
    """Give the writer databases of the tests' own."""
    for database in DATABASES.values():
        query(f"CREATE DATABASE IF NOT EXISTS {database} CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci")
        query(f"GRANT ALL ON {database}.* TO %s@'%%'", (settings().mysql_reporting_user,))


def declared_in(folder: Path) -> None:
    """Let the package read the declarations of reporting tables from ``folder``."""
    reporting_table.REPORTING_SCHEMA = folder / "mysql_reporting_schema.sql"
    ddl.tables.cache_clear()
    reporting_table.target.cache_clear()


def root() -> Connection:
    """A session of MySQL's root, committing by itself."""
    return MySQLdb.connect(
        host=os.environ["MYSQL_REPORTING_HOST"],
        port=int(os.environ["MYSQL_REPORTING_PORT"]),
        user="root",
        password=os.environ["STACK_MYSQL_ROOT_PASSWORD"],
        ssl_mode="VERIFY_IDENTITY",
        ssl={"ca": os.environ["MYSQL_SSL_CA"]},
        charset="utf8mb4",
        autocommit=True,
    )


def query(sql: str, parameters: tuple | None = None, database: str = "") -> list[tuple]:
    """The rows that a statement of root returns."""
    with closing(root()) as connection, connection.cursor() as cursor:
        if database:
            connection.select_db(database)
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())


def staged_tables() -> list[str]:
    """The tables in the staging database, which is empty between loads."""
    return [name for (name,) in query(f"SHOW TABLES FROM {settings().mysql_staging_db}")]


def sessions() -> list[tuple[int, str]]:
    """The MySQL sessions that publish: number and state."""
    writer = settings().mysql_reporting_user
    return query("SELECT id, state FROM performance_schema.processlist WHERE user = %s", (writer,))


def kill_sessions() -> None:
    """End the sessions that publish, as a failing network does."""
    for number, _ in sessions():
        query(f"KILL {number}")


def until(reached: Callable[[], object], seconds: float = 30, what: str = "what the test expects") -> None:
    """Call ``reached`` until it returns something true.

    :param what: what is waited for, as it reads after "gave up waiting for".
    :raises StackError: it did not happen within the given seconds.
    """
    wait_until(reached, seconds, what, every=0.01)


def end_of(thread: Thread, seconds: float = 30) -> None:
    """Wait for the end of a thread.

    :raises StackError: it did not end within the given seconds.
    """
    until(lambda: not thread.is_alive(), seconds, f"the thread {thread.name} to end")


@contextmanager
def environment(**variables: str) -> Iterator[None]:
    """Let the package read its settings with these environment variables inside."""
    before = dict(os.environ)
    use(variables)
    try:
        yield
    finally:
        os.environ.clear()
        use(before)


@contextmanager
def refused(table: Table, error: type[BaseException], *parts: str, retried: bool):
    """The load inside fails with ``error`` and says each of ``parts``; nothing is published, and the run log has it.

    :param retried: whether Airflow tries again by itself.
    """
    before = table.rows()
    with pytest.raises(error) as caught:
        yield caught
    said = str(caught.value)
    assert [part for part in parts if part not in said] == [], said
    decision = DEFAULT_ARGS["retry_policy"].evaluate(caught.value, try_number=1, max_tries=3)
    assert decision.action is (RetryAction.DEFAULT if retried else RetryAction.FAIL)
    assert table.rows() == before
    logged = table.logged()
    assert logged, "the attempt is missing from the run log"
    assert (logged.status, logged.rows_loaded) == ("failed", 0)
    assert logged.error == f"{type(caught.value).__name__}: {said}"[:4000]


# The steps of a load, by the function or the statement that begins them.
CALLS = {
    "checking the sources": (source_contract, "check"),
    "examining": (Staging, "examine"),
    "writing the rows": (Staging, "write_csv"),
    "committing": (Connection, "commit"),
    "recording": (SyncAttempt, "_write"),
}
STATEMENTS = {
    "locking": "SELECT GET_LOCK",
    "staging": "LOAD DATA",
    "counting what was staged": "SHOW WARNINGS",
    "deleting": "DELETE FROM",
    "inserting": "INSERT INTO fault_tests_db",
    "renaming": "RENAME TABLE",
    "dropping the old table": "DROP TABLE fault_tests_staging_db",
}
WINDOW_STEPS = (
    "locking",
    "checking the sources",
    "examining",
    "writing the rows",
    "staging",
    "counting what was staged",
    "deleting",
    "inserting",
    "committing",
)
REBUILD_STEPS = ("staging", "counting what was staged", "renaming", "dropping the old table")


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
    """Loads of one table in a process of their own, as an Airflow worker runs them.

    :param table: what is loaded.
    :param step: where the process stops, to be killed there; None to run to the end.
    :param times: how often it loads.
    :param file_limit: how many bytes a file may have; None for any number.
    :param environment: environment variables of that process.
    """

    def __init__(
        self,
        table: Table,
        step: str | None = None,
        times: int = 1,
        file_limit: int | None = None,
        environment: dict[str, str] | None = None,
        **params,
    ):
        self.grown_by = 0  # the most bytes by which its memory grew, once it has ended
        self._pipe, child = PROCESSES.Pipe()
        work = _Work(table.name, table.folder, step, times, file_limit, params)
        variables = dict(os.environ) | (environment or {})
        self._process = PROCESSES.Process(target=work.do, args=(child, variables), daemon=True)
        self._process.start()
        child.close()

    def wait_for_step(self) -> None:
        """Wait until the process has stopped at its step."""
        assert self._answer() == "stopped"

    def wait(self) -> str:
        """Wait for the end; returns ``done``, or the error as text."""
        answer = self._answer()
        self.grown_by = self._answer()
        self._process.join(10)
        return answer

    def kill(self) -> None:
        """``kill -9``."""
        self._process.kill()
        self._process.join(10)

    def _answer(self):
        assert self._pipe.poll(60), "the other process did not answer within 60 s"
        return self._pipe.recv()


class _Work:
    """The work of a LoadProcess, inside that process."""

    def __init__(self, name: str, folder: Path, step: str | None, times: int, file_limit: int | None, params: dict):
        self.name = name
        self.folder = folder
        self.step = step
        self.times = times
        self.file_limit = file_limit
        self.params = params

    def do(self, pipe, variables: dict[str, str]) -> None:
        logging.disable(logging.CRITICAL)
        os.environ.clear()
        use(variables)
        declared_in(SCHEMA if self.folder == SQL else self.folder)
        if self.file_limit:
            # What is printed goes to a file too, which may be longer already.
            with Path(os.devnull).open("w") as nowhere:
                os.dup2(nowhere.fileno(), 1)
                os.dup2(nowhere.fileno(), 2)
            resource.setrlimit(resource.RLIMIT_FSIZE, (self.file_limit, self.file_limit))

        def stop() -> None:
            pipe.send("stopped")
            time.sleep(600)

        table = Table(self.name, self.folder)
        memory = peak_memory()
        try:
            for _ in range(self.times):
                if self.step:
                    with at(self.step, stop):
                        table.load(**self.params)
                else:
                    table.load(**self.params)
        except Exception as error:  # the test's process says what it expects
            pipe.send(f"{type(error).__name__}: {error}")
        else:
            pipe.send("done")
        atexit._run_exitfuncs()  # as Airflow does at the end of a task's process
        pipe.send(peak_memory() - memory)


def peak_memory() -> int:
    """The most bytes of memory that this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
