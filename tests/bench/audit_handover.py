"""The pause in delivery between two runs of audit_sync, under a real Airflow."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import psycopg

from dev.stack import Stack
from dev.stack.airflow_api import AirflowApi
from dev.stack.steps import wait_until
from genims.core.settings import settings
from genims.core.sources import SOURCES
from tests.support.audit.traffic import TABLES, prepare
from tests.support.faults.faults import end_of, query
from tests.support.servers import source_owner
from tests.support.source_rows import SourceRows

DAG = "audit_sync"
# The shortest run that the settings allow.
RUN_MINUTES = 1
LIMIT = 3.0
CHANGE_SECONDS = 0.02
# A hand-over is looked for within this time of the end of the run, as Airflow recorded it.
AROUND = timedelta(seconds=10)
DELIVERED = """
SELECT audit_timestamp, recorded_at
FROM system_audit_log
WHERE source_database = 'erp' AND recorded_at BETWEEN %s AND %s
ORDER BY audit_sequence
"""


@dataclass(frozen=True)
class HandOver:
    """A hand-over, in seconds.

    :param pause: for how long nothing was delivered.
    :param delay: the longest time that a change waited for its delivery.
    """

    pause: float
    delay: float

    def __str__(self) -> str:
        return f"{self.pause:10.2f} {self.delay:10.2f}"


def run(times: int = 3) -> list[str]:
    """Measure hand-overs between runs of a minute while a row keeps changing; returns those that are too slow.

    :param times: how many hand-overs are measured, a minute each.
    """
    os.environ["GENIMS_AUDIT_RUN_MINUTES"] = str(RUN_MINUTES)
    stack = Stack()
    stack.down()  # an Airflow that runs already has other settings
    stack.up()
    print(f"\nThe hand-over between two runs of {DAG}, seconds\n     pause  max delay   limit {LIMIT}", flush=True)
    found = []
    try:
        with closing(SourceRows(source_owner(stack.env))) as rows:
            prepare(rows)
        for each in _hand_overs(stack.api, source_owner(stack.env), times):
            print(each, flush=True)
            found.append(each)
    finally:
        stack.down()
        stack.up(only=["mysql", "postgres"])
    return [f"hand-over: {each.delay:.2f} s, limit {LIMIT}" for each in found if each.delay > LIMIT]


def _hand_overs(api: AirflowApi, server: str, times: int) -> Iterator[HandOver]:
    api.wait_for_dag(DAG)
    api.call("PATCH", f"/dags/{DAG}", json={"is_paused": False})
    began = _now()
    try:
        with _changes(server):
            for done in range(times):
                wait_until(lambda done=done: len(_ends(api, began)) > done, 60 * RUN_MINUTES + 120, "a run to end")
                ended = _ends(api, began)[done]
                time.sleep(max(0, (ended + AROUND - _now()).total_seconds()))
                yield _hand_over(ended)
    finally:
        api.call("PATCH", f"/dags/{DAG}", json={"is_paused": True})
        for run in _runs(api, "running"):
            api.call("PATCH", f"/dags/{DAG}/dagRuns/{run['dag_run_id']}", json={"state": "failed"})


def _ends(api: AirflowApi, since: datetime) -> list[datetime]:
    """When runs ended after ``since``, in order."""
    return sorted(end for run in _runs(api, "success") if (end := _time(run["end_date"])) > since)


def _runs(api: AirflowApi, state: str) -> list[dict]:
    newest_first = {"state": state, "order_by": "-start_date", "limit": 100}
    return api.call("GET", f"/dags/{DAG}/dagRuns", params=newest_first)["dag_runs"]


def _hand_over(ended: datetime) -> HandOver:
    rows = query(DELIVERED, (ended - AROUND, ended + AROUND), database=settings().mysql_audit_db)
    pause = max(after - before for (_, before), (_, after) in pairwise(rows))
    delay = max(recorded - made for made, recorded in rows)
    return HandOver(pause.total_seconds(), delay.total_seconds())


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC).replace(tzinfo=None)


@contextmanager
def _changes(server: str) -> Iterator[None]:
    """A row that keeps changing inside."""
    table, key, column = TABLES["erp"]
    done = threading.Event()

    def change() -> None:
        with psycopg.connect(server, dbname=SOURCES["erp"], autocommit=True) as session:
            while not done.wait(CHANGE_SECONDS):
                session.execute(f"UPDATE {table} SET {column} = {column}::bigint + 1 WHERE {key} = 'AUDIT-1'")

    thread = threading.Thread(target=change, name="changes", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        end_of(thread)
