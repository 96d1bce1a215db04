"""Sets a new stack up: the databases of MySQL, change capture in the sources, and the stream of the audit."""

from __future__ import annotations

from dev.dag_runs import run_dag
from dev.stack.airflow_api import AirflowApi
from dev.stack.steps import step

SETUP = "platform_setup"
STREAM = "audit_sync"


def set_up_once(api: AirflowApi) -> None:
    """Run platform_setup and start the stream; a stack on which it has succeeded before stays as a person left it."""
    with step("Waiting for Airflow to read the DAG files"):
        api.wait_for_dag(SETUP)
    if not api.call("GET", f"/dags/{SETUP}/dagRuns", params={"state": "success", "limit": 1})["dag_runs"]:
        run_dag(api, SETUP)
        start_stream(api)


def start_stream(api: AirflowApi) -> None:
    """Switch the stream of the audit on."""
    api.wait_for_dag(STREAM)
    api.call("PATCH", f"/dags/{STREAM}", json={"is_paused": False})
