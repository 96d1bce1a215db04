"""audit_sync under a real Airflow: it streams, an operator can stop it at once, and it goes on where it was."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from dev.stack.steps import wait_until
from genims.settings import settings
from tests.support.audit_chaos import compared, last_numbers
from tests.support.audit_streaming import delivered, last_sequence
from tests.support.audit_traffic import prepare, writers
from tests.support.faults import query
from tests.support.servers import source_owner
from tests.support.source_rows import SourceRows

DAG = "audit_sync"
STOPS_SECONDS = 5
WRITTEN = ("erp", "crm")


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


def test_an_operator_stops_it_and_it_goes_on_where_it_was(stack, running):
    def clear(task: dict) -> None:
        what = {"dry_run": False, "dag_run_id": task["dag_run_id"], "task_ids": ["stream"], "only_failed": False}
        stack.api.call("POST", f"/dags/{DAG}/clearTaskInstances", json=what)

    def fail(task: dict) -> None:
        path = f"/dags/{DAG}/dagRuns/{task['dag_run_id']}/taskInstances/stream/{task['map_index']}"
        stack.api.call("PATCH", path, json={"new_state": "failed"})

    def kill(task: dict) -> None:
        os.kill(task["pid"], signal.SIGKILL)

    owner = source_owner(stack.env)
    with closing(SourceRows(owner)) as rows:
        running()
        prepare(rows, WRITTEN)
        delivered(rows, WRITTEN)
        before = last_numbers()
        with writers(owner, rate=50, seconds=600, databases=WRITTEN):
            for stop in (clear, fail, kill):
                task, session = running(), writer()
                asked_at = time.monotonic()
                stop(task)
                wait_until(lambda session=session: writer() != session, 30, "the stream to stop", every=0.02)
                stopped = time.monotonic() - asked_at
                seen = last_sequence("erp")
                wait_until(lambda seen=seen: last_sequence("erp") > seen, 60, "it to go on", every=0.02)
                print(
                    f"{stop.__name__}: stopped after {stopped:.1f} s, streams {time.monotonic() - asked_at:.1f} s after"
                )
                assert stopped < STOPS_SECONDS
        delivered(rows, WRITTEN)
        found = compared(rows, before, WRITTEN)
        assert found.faults == []
        assert found.delivered == found.written > 0
