"""The demo: real Airflow runs on real servers; prints what they loaded into the reporting tables."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from typing import Any

import MySQLdb

from dev.stack import Stack, StackError
from dev.stack.airflow_api import ENDED, AirflowApi
from dev.stack.steps import say, step, wait_until

DAGS = ("platform_setup", "reporting_sync")
LOG_TAIL = 30
RUN_SECONDS = 3600
LOADS = """
SELECT table_name, seconds
FROM audit_etl_sync_log
WHERE run_id = %s AND status = 'success'
ORDER BY table_name
"""


def demo(stack: Stack) -> None:
    """Fill the reporting tables and print them; leave the stack running only if it ran before.

    :raises StackError: a run failed; with the end of the failed tasks' logs.
    """
    started = time.monotonic()
    with _running(stack) as was_running:
        for dag_id in DAGS:
            run_id = _run(stack.api, dag_id)
        _print_tables(stack.env, run_id)
    say(f"\nThe demo took {time.monotonic() - started:.0f} s.")
    say(f"Open {stack.env['STACK_UI_URL']} as admin, password {stack.env['STACK_ADMIN_PASSWORD']}")
    if not was_running:
        say("after `make up`: all servers are stopped now, their data are kept.")


@contextmanager
def _running(stack: Stack) -> Iterator[bool]:
    """Start the stack and stop it again; leave it running if any of its services ran before.

    :return: whether it ran before.
    """
    was_running = any(state.pid for state in stack.status())
    try:
        stack.up()
        yield was_running
    finally:
        if not was_running:
            stack.down()


def _run(api: AirflowApi, dag_id: str) -> str:
    """Run a DAG to its end.

    :return: the run's id.
    :raises StackError: it failed, or did not end within RUN_SECONDS.
    """

    def has_ended() -> bool:
        states = Counter(task["state"] or "waiting" for task in api.task_instances(dag_id, run_id))
        progress.text = ", ".join(f"{count} tasks {state}" for state, count in states.most_common())
        return api.run_state(dag_id, run_id) in ENDED

    with step(f"Running the DAG {dag_id}") as progress:
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


def _print_tables(env: dict[str, str], run_id: str) -> None:
    """A line for each table that the run loaded: its rows, the seconds of the load, how old its newest row is."""
    line = "{:<40} {:>10} {:>9} {:>12}"
    say("\n" + line.format("table", "rows", "seconds", "freshness"))
    with closing(_connect(env, "AUDIT")) as connection:
        loads = _rows(connection, LOADS, run_id)
    with closing(_connect(env, "REPORTING")) as connection:
        total = 0
        for table, seconds in loads:
            [(rows, updated_at)] = _rows(connection, f"SELECT COUNT(*), MAX(updated_at) FROM `{table}`")
            total += rows
            age = (datetime.now(UTC).replace(tzinfo=None) - updated_at).total_seconds() if rows else None
            say(line.format(table, f"{rows:,}", f"{seconds:.2f}", "empty" if age is None else f"{age:.0f} s ago"))
    say(line.format(f"{len(loads)} tables", f"{total:,}", f"{sum(seconds for _, seconds in loads):.2f}", ""))


def _connect(env: dict[str, str], database: str) -> MySQLdb.Connection:
    return MySQLdb.connect(
        host=env[f"MYSQL_{database}_HOST"],
        port=int(env[f"MYSQL_{database}_PORT"]),
        db=env[f"MYSQL_{database}_DB"],
        user=env[f"MYSQL_{database}_USER"],
        password=env[f"MYSQL_{database}_PASSWORD"],
        ssl_mode="DISABLED" if env.get("MYSQL_SSL_MODE") == "DISABLED" else "VERIFY_IDENTITY",
        ssl={"ca": env["MYSQL_SSL_CA"]} if "MYSQL_SSL_CA" in env else None,
    )


def _rows(connection: MySQLdb.Connection, statement: str, *values: Any) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())
