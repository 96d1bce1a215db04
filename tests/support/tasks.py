"""Runs one task of a DAG file here, rendered as Airflow renders it."""

from __future__ import annotations

from functools import cache

from airflow.dag_processing.dagbag import DagBag
from airflow.sdk import DAG, BaseOperator

from genims.paths import ROOT


@cache
def dag(dag_id: str) -> DAG:
    return DagBag(ROOT / "dags" / f"{dag_id}.py").dags[dag_id]


def rendered(dag_id: str, task_id: str, **context) -> BaseOperator:
    """The task with its templates rendered, ready to execute.

    :param context: what the templates may use beyond their operator's own variables.
    """
    task = dag(dag_id).get_task(task_id).prepare_for_execution()
    task.render_template_fields(context, task.get_template_env())
    return task


def run(dag_id: str, task_id: str, **context) -> object:
    """Run the task; returns what would be its XCom."""
    return rendered(dag_id, task_id, **context).execute(context)
