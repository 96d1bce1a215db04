"""The run log: one row of ``audit_etl_sync_log`` for every attempt to load or reconcile a table."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime, timedelta
from time import perf_counter

from MySQLdb import MySQLError, OperationalError
from MySQLdb.constants import ER

from genims.core import connections
from genims.core.clock import utc_now
from genims.core.paths import sql
from genims.engine.checks import CheckResult
from genims.engine.digests import Digests
from genims.engine.standing import WEEKS, PastLoad
from genims.engine.window import Window
from genims.hooks.mysql import GenimsMySqlHook

log = logging.getLogger(__name__)

ERROR_LENGTH = 4000
KILLED = (
    "Killed, or ended before the load began: this attempt left no row of its own. The next one has found that, so "
    "times and business days are those of the next one."
)
RECORDED_TRIES = """
SELECT run_id, try_number
FROM audit_etl_sync_log
WHERE table_name = %(table_name)s AND run_id IN %(runs)s AND dag_id = %(dag_id)s AND action = %(action)s
"""


@dataclass
class Progress:
    """How far a load or a reconciliation came, even if it failed.

    :param rows_read: rows that the query returned.
    :param rows_loaded: rows published.
    :param checks: what the checks found.
    :param fallen: which figures fell as if a source had been emptied, in words.
    :param digests: what the rows of each business day or month are, once they are published or compared.
    """

    rows_read: int = 0
    rows_loaded: int = 0
    checks: list[CheckResult] = field(default_factory=list)
    fallen: list[str] = field(default_factory=list)
    digests: Digests | None = None

    def loads_before(self) -> list[PastLoad]:
        """What the checks of earlier loads found; nothing where no run log is kept."""
        return []


@dataclass(kw_only=True)
class SyncAttempt(Progress):
    """One attempt to load or reconcile a table, as the run log keeps it.

    :param dag_id: the DAG.
    :param run_id: the run of the DAG.
    :param table_name: the reporting table.
    :param action: ``load`` or ``reconcile``.
    :param try_number: which try of the task this is, from 1.
    :param window_start: first business day of the window.
    :param window_end: last business day of the window, inclusive.
    :param started_at: UTC, without time zone.
    :param rows_rejected: rows that did not fit the table.
    :param seconds: how long the attempt took.
    :param status: ``success`` or ``failed``.
    :param error: type and message of the error, at most ERROR_LENGTH characters; None if there was none.
    """

    dag_id: str
    run_id: str
    table_name: str
    action: str
    try_number: int
    window_start: date
    window_end: date
    started_at: datetime
    rows_rejected: int = 0
    seconds: float = 0.0
    status: str = "success"
    error: str | None = None

    @classmethod
    def of_task(cls, task, context, action: str, window: Window) -> SyncAttempt:
        """The attempt that begins now.

        :param task: the operator of a reporting table.
        :param context: its Airflow context.
        :param action: ``load`` or ``reconcile``.
        :param window: the business days to load or to compare.
        """
        return cls.of(task.dag_id, context["run_id"], task.table.name, window, action, context["ti"].try_number)

    @classmethod
    def of(
        cls, dag_id: str, run_id: str, table: str, window: Window, action: str = "load", try_number: int = 1
    ) -> SyncAttempt:
        """The attempt of a run that begins now.

        :param dag_id: the DAG.
        :param run_id: the run of the DAG.
        :param table: the reporting table.
        :param window: the business days to load or to compare.
        :param action: ``load`` or ``reconcile``.
        :param try_number: which try of the task this is, from 1.
        """
        return cls(
            dag_id=dag_id,
            run_id=run_id,
            table_name=table,
            action=action,
            try_number=try_number,
            window_start=window.start,
            window_end=window.end - timedelta(days=1),
            started_at=utc_now(),
        )

    def loads_before(self) -> list[PastLoad]:
        """What the checks of earlier loads of the table by the same DAG found, within the last WEEKS."""
        found = self._look_up(sql("load/checks_before"), weeks=WEEKS)
        return [PastLoad(weeks_ago, rows, json.loads(checks)) for weeks_ago, rows, checks in found]

    def record_killed(self, tries: list[tuple[str, int]]) -> None:
        """Record attempts before this one that left no row: their process was killed, and could not.

        :param tries: the attempts of the same task that have begun and ended, each its run and the number of its try.
        """
        if not tries:
            return
        recorded = self._look_up(RECORDED_TRIES, runs=tuple({run for run, _ in tries}))
        for run_id, try_number in sorted(set(tries) - set(recorded)):
            log.warning("Try %d of %s left no row in the run log: it was killed.", try_number, run_id)
            former = replace(self, run_id=run_id, try_number=try_number, status="failed", error=KILLED)
            former._write()

    def _look_up(self, select: str, **parameters: object) -> tuple[tuple, ...]:
        """Rows of the run log about the same task."""
        of_task = {"table_name": self.table_name, "dag_id": self.dag_id, "action": self.action}
        with closing(GenimsMySqlHook(connections.AUDIT).get_conn()) as connection, connection.cursor() as cursor:
            cursor.execute(select, of_task | parameters)
            return cursor.fetchall()

    def in_short(self) -> dict[str, object]:
        """The attempt in short, as the event of the table's asset shows it."""
        return {
            "rows": self.rows_loaded,
            "window": f"{self.window_start} to {self.window_end}",
            "seconds": round(self.seconds, 3),
            "checks": {
                f"{result.check}: {result.column}" if result.column else result.check: (
                    "passed" if result.passed else f"{result.bad_rows} bad rows, {result.standing}"
                )
                for result in self.checks
            },
        }

    @contextmanager
    def recorded(self) -> Iterator[None]:
        """Time what happens inside and write it to the run log, whether it succeeds or fails."""
        began = perf_counter()
        try:
            yield
        except BaseException as error:  # a timeout and a task marked failed are no Exception
            self.seconds = perf_counter() - began
            self.status = "failed"
            self.error = f"{type(error).__name__}: {error}"[:ERROR_LENGTH]
            self.rows_rejected = getattr(error, "rejected", 0)
            self._write_beside(error)
            raise
        self.seconds = perf_counter() - began
        self._write()

    def _write_beside(self, error: BaseException) -> None:
        """Write without hiding the error of the attempt: if MySQL is down, both often have the same cause."""
        try:
            self._write()
        except MySQLError as unwritten:
            log.warning("This attempt is missing from audit_etl_sync_log: %s. It failed with: %s", unwritten, error)

    def _write(self) -> None:
        values = {name: value for name, value in asdict(self).items() if name != "fallen"} | {
            "audit_timestamp": utc_now(),
            "checks": json.dumps([result.as_record() for result in self.checks]),
            "digests": self.digests.as_json() if self.digests else None,
        }
        try:
            _insert(values)
        except OperationalError as error:
            if error.args[0] != ER.BAD_FIELD_ERROR:
                raise
            log.warning(
                "audit_etl_sync_log lacks the column digests, so alterations of %s in MySQL go unnoticed: "
                "run platform_setup.",
                self.table_name,
            )
            _insert({name: value for name, value in values.items() if name != "digests"})


def _insert(values: dict[str, object]) -> None:
    names = ", ".join(values)
    marks = ", ".join(f"%({name})s" for name in values)
    with closing(GenimsMySqlHook(connections.AUDIT).get_conn()) as connection, connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO audit_etl_sync_log ({names}) VALUES ({marks})", values)
        connection.commit()
