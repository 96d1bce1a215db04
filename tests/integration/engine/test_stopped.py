"""A load that somebody marks or clears while it runs publishes nothing afterwards; a killed one is on record."""

from __future__ import annotations

import os
import signal
from contextlib import nullcontext

import pytest
from airflow.sdk import DAG
from airflow.sdk.exceptions import AirflowTaskTimeout

from genims.core.errors import Stopped
from genims.core.paths import SQL
from genims.core.settings import settings
from genims.engine.staging import Staging
from genims.transfers.sources_to_mysql import SourcesToMySqlOperator
from tests.support.faults.faults import query, staged_tables
from tests.support.tasks import RunningTask, load_context

pytest_plugins = ["tests.support.faults.fixtures"]


@pytest.mark.parametrize("state", ["success", "failed", "restarting"])
@pytest.mark.parametrize("rebuild", [False, True], ids=["window", "rebuild"])
def test_a_load_that_was_marked_publishes_nothing(scratch, state, rebuild):
    before = scratch.rows()
    scratch.change("as it shall be")
    with pytest.raises(Stopped, match="nothing was published"):
        scratch.load(ti=RunningTask(state), rebuild=rebuild)
    assert scratch.rows() == before
    assert scratch.logged().status == "failed"
    assert scratch.logged().error.startswith("Stopped: nothing was published")
    scratch.load(rebuild=rebuild)
    assert {row[2] for row in scratch.rows()} == {"as it shall be"}
    assert staged_tables() == []


def operator(scratch) -> SourcesToMySqlOperator:
    with DAG(dag_id="faults", schedule=None, template_searchpath=[str(scratch.folder), str(SQL)]):
        return SourcesToMySqlOperator(table=scratch.declared)


def test_the_signal_of_airflow_ends_a_load_at_once_and_leaves_a_row(scratch, monkeypatch):
    """The supervisor sends SIGTERM, for which Airflow's handler calls ``on_kill``."""
    before = scratch.rows()
    scratch.change("as it shall be")
    task, context = operator(scratch), load_context()
    task.render_template_fields(context, task.get_template_env())
    scratch.run_id = context["run_id"]
    write_csv = Staging.write_csv

    def write_and_be_stopped(staging, file):
        write_csv(staging, file)
        os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(Staging, "write_csv", write_and_be_stopped)
    former = signal.signal(signal.SIGTERM, lambda *_: task.on_kill())
    try:
        with pytest.raises(Stopped):
            task.execute(context)
    finally:
        signal.signal(signal.SIGTERM, former)
    assert scratch.rows() == before
    assert scratch.logged().status == "failed"


@pytest.mark.parametrize("error", [None, AirflowTaskTimeout], ids=["success", "timeout"])
def test_on_kill_after_the_end_of_a_load_raises_nothing(scratch, monkeypatch, error):
    """Airflow calls it after a timeout, too, whose own error must stay."""
    task, context = operator(scratch), load_context()
    task.on_kill()
    task.render_template_fields(context, task.get_template_env())
    with pytest.raises(error) if error else nullcontext():
        if error:
            monkeypatch.setattr(Staging, "write_csv", lambda *_: (_ for _ in ()).throw(error))
        task.execute(context)
    task.on_kill()


def logged(run_id: str) -> list[tuple]:
    rows = "SELECT try_number, status, COALESCE(LEFT(error, 6), '') FROM {}.audit_etl_sync_log WHERE run_id = %s"
    return query(f"{rows.format(settings().mysql_audit_db)} ORDER BY try_number", (run_id,))


def test_the_next_try_records_the_ones_that_were_killed(scratch):
    scratch.load(ti=RunningTask(try_number=3))
    expected = [(1, "failed", "Killed"), (2, "failed", "Killed"), (3, "success", "")]
    assert logged(scratch.run_id) == expected


def test_the_next_run_records_a_killed_last_try(scratch):
    scratch.load()
    good = scratch.run_id
    for run_id, number, found in ((good, 1, []), ("killed run", 4, [(4, "failed", "Killed")])):
        before = RunningTask(try_number=number)
        before.run_id = run_id
        for _ in range(2):
            context = load_context(ti=RunningTask(before=before))
            context["dag_run"].logical_date = context["data_interval_end"]
            task = operator(scratch)
            task.render_template_fields(context, task.get_template_env())
            task.execute(context)
        assert logged(run_id) == (found or [(1, "success", "")])
