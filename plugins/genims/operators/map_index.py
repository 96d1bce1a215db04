"""The name of a mapped task in the grid, changed while it runs: Airflow itself renders it before and after alone."""

from __future__ import annotations

import logging

from airflow.sdk.exceptions import AirflowRuntimeError
from airflow.sdk.execution_time import task_runner
from airflow.sdk.execution_time.comms import SetRenderedMapIndex

log = logging.getLogger(__name__)


def show_label(context) -> None:
    """Render the task's ``map_index_template`` anew and show it; the task goes on if Airflow does not take it.

    :param context: of the task.
    """
    if not hasattr(task_runner, "SUPERVISOR_COMMS"):
        return  # outside of a worker, as under ``dag.test()``, there is no grid
    task = context["task"]
    label = task.get_template_env().from_string(context["map_index_template"]).render(context)
    try:
        task_runner.SUPERVISOR_COMMS.send(SetRenderedMapIndex(rendered_map_index=label))
    except AirflowRuntimeError as error:
        log.warning("The grid does not show that this run is now %s: %s", label, error)
