"""Runs a DAG of the stack to its end, and says what failed."""

from __future__ import annotations

from collections import Counter

from dev.stack import StackError
from dev.stack.airflow_api import ENDED, AirflowApi
from dev.stack.steps import step, wait_until

LOG_TAIL = 30
RUN_SECONDS = 3600


def run_dag(api: AirflowApi, dag_id: str) -> str:
    """Run a DAG to its end.

    :return: the run's id.
    :raises StackError: it failed, or did not end within RUN_SECONDS.
    """

    def has_ended() -> bool:
        states = Counter(task["state"] or "waiting" for task in api.task_instances(dag_id, run_id))
        progress.text = ", ".join(f"{count} tasks {state}" for state, count in states.most_common())
        return api.run_state(dag_id, run_id) in ENDED

    with step(f"Running the DAG {dag_id}") as progress:
        progress.text = "waiting for Airflow to read its file"
        api.wait_for_dag(dag_id)
        run_id = api.join_or_trigger(dag_id)
        wait_until(has_ended, RUN_SECONDS, f"the run {run_id} of {dag_id} to end", every=1)
        if api.run_state(dag_id, run_id) == "failed":
            raise StackError(_failure(api, dag_id, run_id))
    return run_id


def _failure(api: AirflowApi, dag_id: str, run_id: str) -> str:
    """Which tasks failed, with the end of their logs."""
    parts = [f"the run {run_id} of {dag_id} failed"]
    for task in api.task_instances(dag_id, run_id):
        if task["state"] == "failed":
            tail = "\n".join(list(api.log(task))[-LOG_TAIL:])
            parts.append(f"--- the end of the log of {task['task_id']} ---\n{tail}")
    return "\n".join(parts)
