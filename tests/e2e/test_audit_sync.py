"""audit_sync under a real Airflow: it streams, an operator can stop it at once, and the next run continues."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import closing

import psutil
import pytest

from dev.stack.steps import wait_until
from genims.core.settings import settings
from tests.support.audit.chaos import compared, last_numbers
from tests.support.audit.streaming import delivered, last_sequence
from tests.support.audit.traffic import prepare, writers
from tests.support.faults.faults import query
from tests.support.servers import source_owner
from tests.support.source_rows import SourceRows

DAG = "audit_sync"
STOPS_SECONDS = 5
GOES_ON_SECONDS = 3
WRITTEN = ("erp", "crm")


def writer() -> int | None:
    """The MySQL session that streams, None if there is none."""
    return query("SELECT IS_USED_LOCK(%s)", (f"{settings().mysql_audit_db}.erp",))[0][0]


def is_writer(task: dict) -> bool:
    """Whether a task instance has that session."""
    [(address,)] = query("SELECT HOST FROM information_schema.PROCESSLIST WHERE ID = %s", (writer(),))
    ports = {connection.laddr.port for connection in psutil.Process(task["pid"]).net_connections()}
    return int(address.rpartition(":")[2]) in ports


@pytest.fixture
def running(stack, filled) -> Iterator[Callable[[], dict]]:
    """The task instance that streams now, once another one is ready; the DAG is stopped and paused at the end."""
    api = stack.api
    api.wait_for_dag(DAG)
    api.call("PATCH", f"/dags/{DAG}", json={"is_paused": False})

    def runs() -> list[dict]:
        return api.call("GET", f"/dags/{DAG}/dagRuns", params={"state": "running"})["dag_runs"]

    def tasks() -> list[dict]:
        found = [task for run in runs() for task in api.task_instances(DAG, run["dag_run_id"])]
        return [task for task in found if task["state"] == "running" and task["pid"]]

    def task() -> dict:
        wait_until(lambda: writer() and len(tasks()) == 2, 60, "two tasks to run")
        return next(filter(is_writer, tasks()))

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
                wait_until(lambda: running()["rendered_map_index"].startswith("streams: "), 10, "the grid to show it")
                task, session = running(), writer()
                asked_at = time.monotonic()
                stop(task)
                wait_until(lambda session=session: writer() != session, 30, "the stream to stop", every=0.02)
                stopped = time.monotonic() - asked_at
                seen = last_sequence("erp")
                wait_until(lambda seen=seen: last_sequence("erp") > seen, 60, "it to go on", every=0.02)
                went_on = time.monotonic() - asked_at - stopped
                print(f"{stop.__name__}: stopped after {stopped:.1f} s, the next one streams {went_on:.1f} s later")
                assert stopped < STOPS_SECONDS
                assert went_on < GOES_ON_SECONDS
        delivered(rows, WRITTEN)
        found = compared(rows, before, WRITTEN)
        assert found.faults == []
        assert found.delivered == found.written > 0
