"""Airflow's REST API, as the demo and the tests speak to it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx

from dev.stack.steps import StackError, wait_until

ENDED = ("success", "failed")
# SQLite takes one writer at a time: on a busy machine the metadata database may be locked for seconds.
TRIES_WHILE_LOCKED = 20


class AirflowApi:
    """A signed-in user of Airflow.

    :param url: where the UI is.
    :raises StackError: Airflow does not answer, or the user or the password is wrong.
    """

    def __init__(self, url: str, user: str, password: str) -> None:
        self._client = httpx.Client(base_url=url, timeout=60)
        token = self._checked(self._send("POST", "/auth/token", json={"username": user, "password": password}))
        self._client.headers["Authorization"] = f"Bearer {token['access_token']}"

    def call(self, method: str, path: str, **arguments: Any) -> Any:
        """One request below ``/api/v2``.

        :return: the answer's JSON, None if it has no body.
        :raises StackError: Airflow does not answer or has refused; with its reason.
        """
        answer = self._send(method, f"/api/v2{path}", **arguments)
        for _ in range(TRIES_WHILE_LOCKED):
            if answer.status_code != httpx.codes.INTERNAL_SERVER_ERROR or "Database error" not in answer.text:
                break
            time.sleep(1)
            answer = self._send(method, f"/api/v2{path}", **arguments)
        return self._checked(answer)

    def add_pool(self, name: str, slots: int, description: str) -> None:
        """Create the pool if no pool has that name."""
        if name not in {pool["name"] for pool in self.call("GET", "/pools")["pools"]}:
            self.call("POST", "/pools", json={"name": name, "slots": slots, "description": description})

    def wait_for_dag(self, dag_id: str, seconds: float = 120) -> None:
        """Wait until Airflow has read the DAG's file.

        :raises StackError: it has not; with the errors of the files that could not be read.
        """

        def is_known() -> bool:
            return any(dag["dag_id"] == dag_id for dag in self.call("GET", f"/dags?dag_id_pattern={dag_id}")["dags"])

        try:
            wait_until(is_known, seconds, f"Airflow to find the DAG {dag_id}", every=0.5)
        except StackError as error:
            broken = self.call("GET", "/importErrors")["import_errors"]
            reasons = "".join(f"\n{each['filename']}:\n{each['stack_trace']}" for each in broken)
            raise StackError(f"{error}{reasons}") from None

    def trigger(self, dag_id: str, params: dict[str, Any] | None = None) -> str:
        """Start a run of the DAG, unpaused first.

        :return: the run's id.
        """
        self.call("PATCH", f"/dags/{dag_id}", json={"is_paused": False})
        run = self.call("POST", f"/dags/{dag_id}/dagRuns", json={"logical_date": None, "conf": params or {}})
        return run["dag_run_id"]

    def join_or_trigger(self, dag_id: str) -> str:
        """A run of the DAG in progress: the one that its schedule has started, else a new one.

        :return: the run's id.
        """
        next_run = self.call("GET", f"/dags/{dag_id}")["next_dagrun_run_after"]
        self.call("PATCH", f"/dags/{dag_id}", json={"is_paused": False})
        if next_run and datetime.fromisoformat(next_run) <= datetime.now(UTC):
            wait_until(lambda: self._active_runs(dag_id), 60, f"the scheduled run of {dag_id}", every=0.5)
        return next(iter(self._active_runs(dag_id)), None) or self.trigger(dag_id)

    def _active_runs(self, dag_id: str) -> list[str]:
        runs = self.call("GET", f"/dags/{dag_id}/dagRuns", params={"state": ["queued", "running"]})["dag_runs"]
        return [run["dag_run_id"] for run in runs]

    def run_state(self, dag_id: str, run_id: str) -> str:
        return self.call("GET", f"/dags/{dag_id}/dagRuns/{run_id}")["state"]

    def task_instances(self, dag_id: str, run_id: str) -> list[dict[str, Any]]:
        return self.call("GET", f"/dags/{dag_id}/dagRuns/{run_id}/taskInstances?limit=1000")["task_instances"]

    def log(self, task: dict[str, Any]) -> Iterator[str]:
        """The lines of a task instance's last try.

        :param task: one of :meth:`task_instances`.
        """
        path = f"/dags/{task['dag_id']}/dagRuns/{task['dag_run_id']}/taskInstances/{task['task_id']}"
        where = {"map_index": task["map_index"], "full_content": True}
        for line in self.call("GET", f"{path}/logs/{task['try_number']}", params=where)["content"]:
            yield line["event"]
            for error in line.get("error_detail") or []:
                yield f"{error['exc_type']}: {error['exc_value']}"

    def _send(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        try:
            return self._client.request(method, path, **arguments)
        except httpx.TransportError as error:
            raise StackError(f"Airflow at {self._client.base_url} does not answer: {error}") from error

    @staticmethod
    def _checked(response: httpx.Response) -> Any:
        if response.is_error:
            raise StackError(f"Airflow answered {response.request.method} {response.url} with {response.text}")
        return response.json() if response.content else None
