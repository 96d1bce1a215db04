"""audit_sync under a real Airflow: it streams, an operator can stop it at once, and it goes on where it was."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing

import psycopg
import pytest

from dev.stack.steps import wait_until
from genims.settings import settings
from genims.sources import SOURCES
from tests.support.audit_streaming import last_sequence
from tests.support.faults import query
from tests.support.servers import source_owner

DAG = "audit_sync"
STOPS_SECONDS = 5


def writer() -> int | None:
    """The MySQL session that streams, None if there is none."""
    return query("SELECT IS_USED_LOCK(%s)", (f"{settings().mysql_audit_db}.erp",))[0][0]


@pytest.fixture
def running(stack, filled) -> Iterator[Callable[[], dict]]:
    """The task instance that streams now; the DAG is stopped and paused at the end."""
    api = stack.api
    api.wait_for_dag(DAG)
    api.call("PATCH", f"/dags/{DAG}", json={"is_paused": False})

    def runs() -> list[dict]:
        return api.call("GET", f"/dags/{DAG}/dagRuns", params={"state": "running"})["dag_runs"]

    def task() -> dict:
        wait_until(lambda: writer() and runs(), 60, "the stream to start")
        tasks = api.task_instances(DAG, runs()[0]["dag_run_id"])
        return next(task for task in tasks if task["task_id"] == "stream")

    yield task
    api.call("PATCH", f"/dags/{DAG}", json={"is_paused": True})
    for run in runs():
        api.call("PATCH", f"/dags/{DAG}/dagRuns/{run['dag_run_id']}", json={"state": "failed"})
    wait_until(lambda: not writer(), 30, "the stream to end")


def test_an_operator_stops_it_and_it_goes_on(stack, running):
    def clear(task: dict) -> None:
        what = {"dry_run": False, "dag_run_id": task["dag_run_id"], "task_ids": ["stream"], "only_failed": False}
        stack.api.call("POST", f"/dags/{DAG}/clearTaskInstances", json=what)

    def fail(task: dict) -> None:
        path = f"/dags/{DAG}/dagRuns/{task['dag_run_id']}/taskInstances/stream/{task['map_index']}"
        stack.api.call("PATCH", path, json={"new_state": "failed"})

    with closing(psycopg.connect(source_owner(stack.env), dbname=SOURCES["erp"], autocommit=True)) as erp:
        for stop in (clear, fail):
            task, session = running(), writer()
            change(erp)
            asked_at = time.monotonic()
            stop(task)
            wait_until(lambda session=session: writer() != session, 30, "the stream to stop", every=0.02)
            assert time.monotonic() - asked_at < STOPS_SECONDS
            change(erp, at_once=False)
            running()
        change(erp)


def change(erp: psycopg.Connection, at_once: bool = True) -> None:
    """Change a row; unless nobody streams, the change is in the audit trail soon."""
    before = last_sequence("erp")
    erp.execute("UPDATE materials SET updated_at = now() WHERE material_id = (SELECT min(material_id) FROM materials)")
    if at_once:
        wait_until(lambda: last_sequence("erp") > before, 30, "the change to arrive", every=0.02)
