"""The DAGs as Airflow sees them, without a database."""

import os
import re
import subprocess
import sys
from datetime import timedelta
from itertools import pairwise

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk import RetryAction
from airflow.serialization.serialized_objects import DagSerialization

from genims.audit.logs.source_log import source_logs
from genims.core.errors import (
    FormRefused,
    LoadError,
    PlatformError,
    QueryError,
    ReconciliationError,
    RejectedRows,
    SourceContractError,
    TableBusy,
)
from genims.core.paths import ROOT
from genims.dag_defaults import CADENCES, DEFAULT_ARGS, FORM, JOB, TAGS
from genims.reporting.tables import CATEGORIES, reporting_tables

EXPECTED = {
    "audit_logs",
    "audit_logs_weekly",
    "audit_sync",
    "audit_verify",
    "capture_change",
    "close_watch",
    "financial_close",
    "form_run_deletion",
    "gdpr_request",
    "gdpr_request_step",
    "legal_hold",
    "legal_hold_release",
    "mysql_backup",
    "mysql_maintenance",
    "period_close",
    "platform_setup",
    "reporting_load",
    "reporting_nightly",
    "reporting_sync",
    "restate",
    "restore",
    "restore_drill",
    "source_moved",
}


@pytest.fixture(scope="module")
def bag() -> DagBag:
    return DagBag(ROOT / "dags")


def test_every_file_is_one_dag_and_none_fails(bag):
    assert bag.import_errors == {}
    assert set(bag.dags) == EXPECTED == {path.stem for path in (ROOT / "dags").glob("*.py")}
    assert {dag_id: dag.fileloc for dag_id, dag in bag.dags.items()} == {
        dag_id: str(ROOT / "dags" / f"{dag_id}.py") for dag_id in EXPECTED
    }


def test_dags_are_documented_tagged_and_short(bag):
    for dag_id, dag in bag.dags.items():
        assert {"**When**", "**Reads**", "**Writes**"} <= set(dag.doc_md.split()), dag_id
        assert "**Safe to clear**" in dag.doc_md, dag_id
        assert set(dag.tags) <= set(TAGS), dag_id
        cadence = set(dag.tags) & set(CADENCES)
        assert (FORM in dag.tags, JOB in dag.tags, len(cadence)) in ((True, False, 0), (False, True, 1)), dag_id
        assert re.fullmatch(r"[A-Z][^\n]+; [^\n]+", dag.description), dag_id
        assert len((ROOT / "dags" / f"{dag_id}.py").read_text().splitlines()) <= 100, dag_id
        assert all(task.retries >= 1 and task.execution_timeout for task in dag.tasks), dag_id


def test_dags_survive_serialization(bag):
    for dag in bag.dags.values():
        again = DagSerialization.from_dict(DagSerialization.to_dict(dag))
        assert set(again.task_ids) == set(dag.task_ids)


def test_reporting_sync_has_one_task_per_table_in_its_category(bag):
    dag = bag.dags["reporting_sync"]
    tables = {table.name: table for table in reporting_tables()}
    assert set(dag.task_ids) == set(tables)
    groups = {name: group for name, group in dag.task_group.get_task_group_dict().items() if name}
    assert set(groups) == set(CATEGORIES)
    for category, group in groups.items():
        assert set(group.children) == {t.name for t in tables.values() if t.category == category}


def test_a_table_has_an_asset_a_pool_and_its_order(bag):
    dag = bag.dags["reporting_sync"]
    for table in reporting_tables():
        task = dag.get_task(table.name)
        assert [outlet.name for outlet in task.outlets] == [table.name]
        assert [inlet.name for inlet in task.inlets] == [
            *(f"{source} for {table.name}" for source in table.reads),
            *table.after,
        ]
        assert task.pool == "genims_sources"
        assert task.upstream_task_ids == set(table.after)
        # One that is not created yet is skipped; those that read it are not, without a word.
        assert task.trigger_rule == "none_failed"


def test_reporting_load_has_a_step_for_each_depth_of_tables_that_read_others(bag):
    dag = bag.dags["reporting_load"]
    steps = [task_id for task_id in dag.task_ids if task_id.endswith(".load")]
    assert steps == ["step_1.load", "step_2.load", "step_3.load"]
    assert all(dag.get_task(step).pool == "genims_sources" for step in steps)
    assert "step_1.load" in dag.get_task("step_2.load").upstream_task_ids


def test_rights_are_granted_on_tables_that_are_there(bag):
    grants = bag.dags["platform_setup"].get_task("grants")
    assert grants.upstream_task_ids == {"users", "reporting_schema", "audit_schema"}


def test_the_monthly_part_of_maintenance_is_gated(bag):
    dag = bag.dags["mysql_maintenance"]
    order = {task.task_id: sorted(task.downstream_task_ids) for task in dag.tasks}
    assert order == {
        "purge": ["analyze", "once_a_month"],
        "analyze": [],
        "once_a_month": ["free_space"],
        "free_space": ["optimize"],
        "optimize": [],
        "slow_statements": [],
    }


def test_the_night_recomputes_every_table_and_then_compares_it(bag):
    dag = bag.dags["reporting_nightly"]
    tables = reporting_tables()
    assert set(dag.task_ids) == {table.name for table in tables} | {f"reconcile.{table.name}" for table in tables}
    for table in tables:
        assert dag.get_task(table.name).upstream_task_ids == set(table.after)
        assert dag.get_task(table.name).least_lookback == timedelta(days=45)
        assert dag.get_task(f"reconcile.{table.name}").upstream_task_ids == {table.name}
        assert {task.pool for task in dag.tasks} == {"genims_sources"}


def test_a_close_checks_publishes_closes_and_signs_in_this_order(bag):
    dag = bag.dags["financial_close"]
    tables = {table.name: table for table in reporting_tables() if table.closes}
    order = ["day", "cut_off", "controls", "to_be_closed", "close_day", "sign_off", "day_left", "next_day"]
    assert set(dag.task_ids) == {*order, *(f"publish.{name}" for name in tables), "source_changes"}
    for earlier, later in pairwise(order):
        assert earlier in dag.get_task(later).get_flat_relative_ids(upstream=True)
    for name, table in tables.items():
        upstream = dag.get_task(f"publish.{name}").get_flat_relative_ids(upstream=True)
        assert {"controls", *(f"publish.{other}" for other in table.after if other in tables)} <= upstream
    assert not dag.get_task("source_changes").upstream_task_ids, "a blocked close hides no change"
    assert dag.timetable.expression == "0 2 * * *"


def test_audit_logs_has_one_task_per_log(bag):
    tasks = {task.task_id: task for task in bag.dags["audit_logs"].tasks}
    logs = [log.name for log in source_logs()]
    assert list(tasks) == [*logs, "settings_in_force", "source_rights", "form_runs"]
    assert {tasks[log].pool for log in logs} == {"genims_sources"}
    assert not any(task.upstream_task_ids for task in tasks.values()), "a log that fails must not hold another one"


def test_every_log_is_compared_in_full_once_a_week_beside_the_hourly_runs(bag):
    hourly, weekly = bag.dags["audit_logs"], bag.dags["audit_logs_weekly"]
    logs = [log.name for log in source_logs()]
    assert [task.task_id for task in weekly.tasks] == logs
    assert {task.full for task in weekly.tasks} == {True}
    assert {hourly.get_task(log).full for log in logs} == {False}
    assert {task.pool for task in weekly.tasks} == {"genims_sources"}
    assert (hourly.timetable.expression, weekly.timetable.expression) == ("30 * * * *", "40 3 * * 0")


def test_an_hourly_run_covers_one_hour(bag):
    timetable = bag.dags["reporting_sync"].timetable
    assert type(timetable).__name__ == "CronDataIntervalTimetable"


@pytest.mark.parametrize(
    ("error", "action"),
    [
        (SourceContractError("x"), RetryAction.FAIL),
        (RejectedRows("x"), RetryAction.FAIL),
        (LoadError("x"), RetryAction.FAIL),
        (PlatformError("x"), RetryAction.FAIL),
        (QueryError("x"), RetryAction.FAIL),
        (FormRefused("x"), RetryAction.FAIL),
        (ReconciliationError("x"), RetryAction.FAIL),
        (TableBusy("x"), RetryAction.DEFAULT),
        (ConnectionError("x"), RetryAction.DEFAULT),
    ],
    ids=lambda value: type(value).__name__,
)
def test_only_what_may_heal_is_retried(error, action):
    decision = DEFAULT_ARGS["retry_policy"].evaluate(error, try_number=1, max_tries=3)
    assert decision.action is action


def test_parsing_neither_connects_nor_needs_a_setting():
    """A clean environment, and every way to a server closed: the DAG files still import."""
    script = (
        "import socket, sys\n"
        "def refuse(*arguments): raise AssertionError('a DAG file opened a connection')\n"
        "socket.socket.connect = refuse\n"
        f"sys.path[:0] = [{str(ROOT / 'plugins')!r}, {str(ROOT / 'dags')!r}]\n"
        f"import {', '.join(sorted(EXPECTED))}\n"
        "heavy = {'duckdb', 'sqlglot', 'MySQLdb', 'pandas', 'psycopg', 'azure'} & set(sys.modules)\n"
        "assert not heavy, f'parsing imports {heavy}'\n"
    )
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("MYSQL_", "POSTGRES_", "GENIMS_"))
    }
    done = subprocess.run([sys.executable, "-c", script], env=kept, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
