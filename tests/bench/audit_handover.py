"""How long nothing is delivered while one run of audit_sync ends and the next one begins, under a real Airflow."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise

import psycopg

from dev.stack import Stack
from dev.stack.airflow_api import AirflowApi
from dev.stack.steps import wait_until
from genims.settings import settings
from genims.sources import SOURCES
from tests.support.audit_traffic import TABLES, prepare
from tests.support.faults import query
from tests.support.servers import source_owner
from tests.support.source_rows import SourceRows

DAG = "audit_sync"
# The shortest that a run may be.
RUN_MINUTES = 1
LIMIT = 3.0
CHANGE_SECONDS = 0.02
DELIVERED = """
SELECT recorded_at
FROM system_audit_log
WHERE source_database = 'erp' AND recorded_at > %s
ORDER BY audit_sequence
"""


@dataclass(frozen=True)
class HandOver:
    """Seconds after the last event that a run delivered.

    :param task_ended: until Airflow knew that its task was done.
    :param run_began: until Airflow began the next run.
    :param task_began: until Airflow began its task.
    :param delivered: until that delivered its first event.
    """

    task_ended: float
    run_began: float
    task_began: float
    delivered: float

    def __str__(self) -> str:
        return f"{self.task_ended:10.2f} {self.run_began:10.2f} {self.task_began:10.2f} {self.delivered:10.2f}"


def run(times: int = 3) -> list[str]:
    """Let runs of a minute follow each other while a row keeps changing; returns what is too slow.

    :param times: how many hand-overs are measured.
    """
    os.environ["GENIMS_AUDIT_RUN_MINUTES"] = str(RUN_MINUTES)
    stack = Stack()
    stack.up()
    try:
        with closing(SourceRows(source_owner(stack.env))) as rows:
            prepare(rows)
        found = _hand_overs(stack.api, source_owner(stack.env), times)
    finally:
        stack.down()
        stack.up(only=["mysql", "postgres"])
    print(f"\nThe hand-over between two runs of {DAG}, seconds after the last event of the first one")
    print(f"{'task ended':>10} {'run began':>10} {'task began':>10} {'delivered':>10}   limit {LIMIT}")
    print("\n".join(map(str, found)), flush=True)
    return [f"hand-over: {each.delivered:.2f} s, limit {LIMIT}" for each in found if each.delivered > LIMIT]


def _hand_overs(api: AirflowApi, server: str, times: int) -> list[HandOver]:
    api.wait_for_dag(DAG)
    api.call("PATCH", f"/dags/{DAG}", json={"is_paused": False})
    began = datetime.now(UTC).replace(tzinfo=None)
    try:
        with _changes(server):
            wait_until(lambda: len(_ended(api, began)) > times, 90 * (times + 2), f"{times + 1} runs to end")
            wait_until(lambda: len(_tasks(api, began)) > times + 1, 30, "the next run to begin")
            time.sleep(RUN_MINUTES * 10)
    finally:
        api.call("PATCH", f"/dags/{DAG}", json={"is_paused": True})
    delivered = [at for (at,) in query(DELIVERED, (began,), database=settings().mysql_audit_db)]
    tasks = _tasks(api, began)
    return [_hand_over(first, second, delivered) for first, second in pairwise(tasks)][:times]


def _tasks(api: AirflowApi, since: datetime) -> list[dict]:
    """The stream's tasks that have begun, each with its run's beginning."""
    runs = api.call("GET", f"/dags/{DAG}/dagRuns", params={"order_by": "start_date", "limit": 100})["dag_runs"]
    found = []
    for each in runs:
        if each["start_date"] and _time(each["start_date"]) > since:
            [task] = [task for task in api.task_instances(DAG, each["dag_run_id"]) if task["task_id"] == "stream"]
            if task["start_date"]:
                found.append(task | {"run_began": each["start_date"]})
    return found


def _ended(api: AirflowApi, since: datetime) -> list[dict]:
    return [task for task in _tasks(api, since) if task["state"] == "success"]


def _hand_over(first: dict, second: dict, delivered: list[datetime]) -> HandOver:
    began = _time(second["start_date"])
    last = max(at for at in delivered if at < began)
    moments = [_time(first["end_date"]), _time(second["run_began"]), began, min(at for at in delivered if at > began)]
    return HandOver(*((moment - last).total_seconds() for moment in moments))


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

    thread = threading.Thread(target=change)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
