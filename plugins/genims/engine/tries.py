"""What Airflow knows of a task's tries: whether this one is still wanted, and which ones came before."""

from __future__ import annotations

from airflow.sdk import TaskInstanceState
from airflow.sdk.types import RuntimeTaskInstanceProtocol

from genims.core.errors import Stopped


def require_running(ti: RuntimeTaskInstanceProtocol) -> None:
    """Ask Airflow whether it has the task as running.

    A task learns at its next heartbeat alone that somebody has marked it. So whatever publishes asks right before, and
    publishes nothing after the mark.

    :param ti: the task instance.
    :raises Stopped: somebody has marked or cleared it.
    """
    index = None if ti.map_index < 0 else ti.map_index
    states = ti.get_task_states(dag_id=ti.dag_id, task_ids=[ti.task_id], run_ids=[ti.run_id], map_index=index)
    found = list(states.get(ti.run_id, {}).values())
    if found != [TaskInstanceState.RUNNING]:
        raise Stopped(f"nothing was published: expected that Airflow has the task as running, found {found}")


def earlier_tries(context) -> list[tuple[str, int]]:
    """The tries of the same task that have ended before: those of this run, and the last of a failed run before it.

    :param context: of the task.
    :returns: each the id of its run, and its number from 1.
    """
    ti, run_id = context["ti"], context["run_id"]
    tries = [(run_id, number) for number in range(1, ti.try_number)]
    if context["dag_run"].logical_date:
        before = ti.get_previous_ti(state=TaskInstanceState.FAILED, map_index=ti.map_index)
        tries += [(before.run_id, before.try_number)] if before else []
    return tries
