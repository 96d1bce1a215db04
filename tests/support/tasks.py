"""Runs one task of a DAG here, rendered as Airflow renders it."""

from __future__ import annotations

import uuid
from collections import defaultdict
from datetime import UTC, datetime
from functools import cache
from types import SimpleNamespace

from airflow.dag_processing.dagbag import DagBag
from airflow.sdk import DAG, BaseOperator

from genims.core.paths import ROOT


@cache
def dag(dag_id: str) -> DAG:
    return DagBag(ROOT / "dags" / f"{dag_id}.py").dags[dag_id]


def rendered(dag_id: str, task_id: str, **context) -> BaseOperator:
    """The task with its templates rendered, ready to execute.

    :param context: what Airflow would hand to the task, as far as it uses it.
    """
    task = dag(dag_id).get_task(task_id).prepare_for_execution()
    task.render_template_fields(context, task.get_template_env())
    return task


def run(dag_id: str, task_id: str, **context) -> object:
    """Run the task; returns what would be its XCom."""
    return rendered(dag_id, task_id, **context).execute(context)


class RunningTask(SimpleNamespace):
    """What a load asks of its task instance.

    :param state: what Airflow says of it.
    :param before: that of the run before, if it failed.
    :param others: further members.
    """

    def __init__(self, state: str = "running", try_number: int = 1, before: RunningTask | None = None, **others):
        of_task = {"dag_id": "faults", "task_id": "load", "run_id": "test", "map_index": -1}
        super().__init__(**of_task, state=state, try_number=try_number, before=before, **others)

    def get_previous_ti(self, **asked) -> RunningTask | None:
        return self.before

    def get_task_states(self, **asked) -> dict[str, dict[str, str]]:
        return {self.run_id: {self.task_id: self.state}}


def load_context(
    hour: datetime | None = None, triggered_by: str | None = None, ti: RunningTask | None = None, **params
) -> dict:
    """What Airflow hands to a task that loads a reporting table.

    :param hour: the hour whose run it is; the present one by default.
    :param triggered_by: the person who triggered the run; None for one by schedule.
    :param ti: the task instance; one that runs for the first time by default.
    :param params: the parameters of the DAG run, such as ``from_``.
    """
    hour = hour or datetime.now(UTC)
    return {
        "params": {"from": None, "to": None, "rebuild": False}
        | {name.rstrip("_"): value for name, value in params.items()},
        "run_id": f"test__{uuid.uuid4()}",
        "ti": ti or RunningTask(),
        "data_interval_end": hour,
        "outlet_events": defaultdict(SimpleNamespace),
        "dag_run": SimpleNamespace(run_after=hour, triggering_user_name=triggered_by, logical_date=None),
    }
