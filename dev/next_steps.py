"""What a person can do with a running stack, as lines to copy."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap

from dev.first_setup import STREAM
from dev.stack import Stack
from dev.stack.airflow import MAY
from dev.stack.airflow_api import AirflowApi
from dev.stack.environment import UI_PORT
from dev.stack.steps import say


def print_next_steps(stack: Stack) -> None:
    """Say where the UI is, who may sign in, how to look into the databases, and what does not run yet.

    :param stack: a stack with a running Airflow.
    """
    say("")
    for line in next_steps(stack.env, scheduled_by_pause(stack.api)):
        say(line)


def scheduled_by_pause(api: AirflowApi) -> dict[bool, list[str]]:
    """The DAGs that have a schedule, by whether they are paused."""
    dags = api.call("GET", "/dags", params={"limit": 1000})["dags"]
    scheduled = sorted((dag["dag_id"], dag["is_paused"]) for dag in dags if dag["timetable_summary"])
    return {paused: [dag_id for dag_id, is_paused in scheduled if is_paused is paused] for paused in (True, False)}


def next_steps(env: dict[str, str], dags: dict[bool, list[str]]) -> Iterator[str]:
    """The lines.

    :param env: the settings of the stack.
    :param dags: the scheduled DAGs, by whether they are paused.
    """
    moved = "" if env["STACK_UI_PORT"] == str(UI_PORT) else f"   (another program has port {UI_PORT})"
    yield f"Airflow        {env['STACK_UI_URL']}{moved}"
    for user, may in MAY.items():
        yield f"  {user:<12} password {env[f'STACK_{user.upper()}_PASSWORD']}   {may}"
    yield "MySQL          make mysql             the reporting tables; make mysql DB=audit: the audit tables"
    yield "Sources        make psql DB=erp       or another source: crm, manufacturing, ..."
    yield "Traffic        make traffic           changes source rows, as applications would, until Ctrl-C"
    if STREAM in dags[False]:
        yield f"Streaming      {STREAM}             carries every change into the audit tables within a second"
    if running := [dag for dag in dags[False] if dag != STREAM]:
        yield f"Scheduled      {', '.join(running)}"
    if dags[True]:
        yield from wrap(", ".join(dags[True]), 110, initial_indent="Paused         ", subsequent_indent=" " * 15)
        yield f"               to start one: the switch at {env['STACK_UI_URL']}/dags/{_first_to_start(dags[True])}"
    yield "Stop           make down              data and settings stay"


def _first_to_start(paused: list[str]) -> str:
    return "reporting_sync" if "reporting_sync" in paused else paused[0]
