"""The demo: real Airflow runs on real servers; what they loaded, and a change that reaches the audit tables."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from typing import Any

import MySQLdb

from dev.dag_runs import run_dag
from dev.first_setup import SETUP, start_stream
from dev.stack import Stack
from dev.stack.steps import say

SYNC = "reporting_sync"
LOADS = """
SELECT table_name, seconds
FROM audit_etl_sync_log
WHERE run_id = %s AND status = 'success'
ORDER BY table_name
"""


def demo(stack: Stack, elapsed: Callable[[], float]) -> None:
    """Fill the reporting tables and print them, then let the audit stream and show a change arriving.

    The stack is left running only if it ran before.

    :param elapsed: the seconds since the person gave the command.
    :raises StackError: a run failed; with the end of the failed tasks' logs.
    """
    with _running(stack) as was_running:
        run_dag(stack.api, SETUP)
        start_stream(stack.api)
        _print_tables(stack.env, run_dag(stack.api, SYNC))
        # The change goes into the sources, which may be somebody's own.
        if not stack.names_own_servers:
            os.environ.update(stack.env)
            # Reads the settings, and loads Airflow, which the servers need not wait for.
            from dev.live_change import show_a_change

            show_a_change(stack.source_owner)
    say(f"\nThe demo took {elapsed():.0f} s, with all that it installed.")
    if was_running:
        say(f"Open {stack.env['STACK_UI_URL']} as admin, password {stack.env['STACK_ADMIN_PASSWORD']}")
    else:
        say("All servers are stopped, their data are kept. make up starts them again, with the audit streaming.")


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
