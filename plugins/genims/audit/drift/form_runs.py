"""Runs of forms that somebody has deleted in Airflow. The rows that they entered stay."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import closing

from genims.audit.ledger.decisions import Decision, last_decision
from genims.audit.ledger.pipeline import append_rows
from genims.core import connections
from genims.core.paths import sql
from genims.hooks.mysql import GenimsMySqlHook

log = logging.getLogger(__name__)

DELETED = "form_run_deleted"
# They travel in an address, which has limits.
ASKED_AT_ONCE = 30


def record_deleted_runs(count: Callable[[str, list[str]], int], found_by: str) -> None:
    """Put on record, once, each run of a form that has entered a row within 90 days and is gone from Airflow.

    :param count: tells how many of a DAG's runs Airflow has, by the DAG's id and ids of runs.
    :param found_by: name of the comparing task.
    :raises SourceBusy: another task has kept the ledger of the pipeline for too long.
    """
    with closing(GenimsMySqlHook(connections.AUDIT).get_conn()) as connection:
        with connection.cursor() as cursor:
            cursor.execute(sql("audit/drift/form_runs"))
            persons = dict(cursor.fetchall())
        by_dag = defaultdict(list)
        for run in persons:
            dag_id, _, run_id = run.partition("/")
            by_dag[dag_id].append(run_id)
        gone = [
            f"{dag_id}/{run_id}"
            for dag_id, runs in by_dag.items()
            for start in range(0, len(runs), ASKED_AT_ONCE)
            for run_id in _missing(count, dag_id, runs[start : start + ASKED_AT_ONCE])
        ]
        rows = [_event(run, persons[run], last_decision(connection, DELETED, run)) for run in gone]
    if rows:
        log.error("Runs of forms were deleted: %s. It is on record in security_events.", ", ".join(gone))
        append_rows("security_events", rows, found_by)


def _missing(count: Callable[[str, list[str]], int], dag_id: str, runs: list[str]) -> Iterator[str]:
    """Those of some runs that Airflow does not have; where it has them all, one question tells."""
    if count(dag_id, runs) == len(runs):
        return
    if len(runs) == 1:
        yield runs[0]
        return
    middle = len(runs) // 2
    yield from _missing(count, dag_id, runs[:middle])
    yield from _missing(count, dag_id, runs[middle:])


def _event(run: str, person: str, decision: Decision | None) -> dict[str, str]:
    agreed = decision is not None and decision.step == "confirmed"
    why = f"as {decision.persons}" if agreed else "and two persons have not agreed to that: Airflow's audit log has who"
    return {
        "event_type": DELETED,
        "severity": "info" if agreed else "critical",
        "object_name": run,
        "user_name": person,
        "detail": f"The run of a form that {person} filled in was deleted from Airflow, {why}. Its rows stay.",
    }
