"""The main job under a real Airflow: it fills every table, and no action of an operator can harm one."""

import random
from datetime import UTC, datetime

import psycopg
import pytest

from dev.stack import StackError
from dev.stack.airflow_api import ENDED
from dev.stack.steps import wait_until
from genims.core.settings import settings
from genims.reporting.days import window_of
from genims.reporting.reconciliation import compare
from genims.reporting.tables import reporting_tables
from tests.support.faults.faults import query
from tests.support.render import reconciliation_sql
from tests.support.servers import administrator, checksums, source_owner

TABLES = reporting_tables()
DAG = "reporting_sync"


def current(tables=TABLES) -> dict[str, tuple]:
    return checksums(tables, settings().mysql_reporting_db)


def test_every_table_has_rows(filled):
    assert {name for name, (rows, _) in current().items() if not rows} == set()


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_totals_equal_an_independent_query_on_the_sources(table, filled):
    now = datetime.now(UTC)
    window = window_of(table, now, now, rebuild=True)
    assert compare(table, window, reconciliation_sql(table, window))[1] == []


def test_the_run_log_has_one_success_per_table(filled):
    with administrator(settings().mysql_audit_db) as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, rows_loaded FROM audit_etl_sync_log WHERE run_id = %s AND status = 'success'", (filled,)
        )
        logged = cursor.fetchall()
    assert sorted(name for name, _ in logged) == sorted(table.name for table in TABLES)
    now = current()
    assert all(rows <= now[name][0] for name, rows in logged)


def test_the_operator_sees_the_whole_sql(stack, filled):
    for table in TABLES:
        path = f"/dags/{DAG}/dagRuns/{filled}/taskInstances/{table.name}"
        rendered = stack.api.call("GET", path)["rendered_fields"]
        assert rendered["sql"].startswith("/* ---\ndescription:"), table.name
        assert "FROM" in rendered["sql"] and "Truncated" not in rendered["sql"], table.name
        assert "{{" not in "".join(rendered.values()), table.name
        assert "CREATE" in rendered["stage_sql"]
        assert table.name in rendered["publish_sql"]


def test_clearing_every_task_in_any_order_changes_nothing(stack, filled):
    before = current()
    names = [table.name for table in TABLES]
    random.Random(7).shuffle(names)
    for part in (names[:9], names[9:20], names[20:]):
        stack.api.call(
            "POST",
            f"/dags/{DAG}/clearTaskInstances",
            json={
                "dry_run": False,
                "dag_run_id": filled,
                "task_ids": part,
                "only_failed": False,
                "reset_dag_runs": True,
            },
        )
        wait_until(lambda: stack.api.run_state(DAG, filled) in ENDED, 300, "the cleared tasks to end")
        assert stack.api.run_state(DAG, filled) == "success"
    assert current() == before


def loads(stack, run_id: str) -> dict[str, str]:
    """The states of the loads of a run of reporting_load, by the tables that the grid shows."""
    return {
        task["rendered_map_index"]: task["state"]
        for task in stack.api.task_instances("reporting_load", run_id)
        if task["task_id"].endswith(".load") and task["map_index"] >= 0
    }


def test_days_of_the_past_and_a_rebuild_leave_the_same_rows(stack, filled, run_dag):
    before = current()
    some = [table.name for table in TABLES if table.load == "window"][::3]
    for params in ({"from": "2026-01-10", "to": "2026-01-20", "tables": some}, {"rebuild": True}):
        run_id = run_dag("reporting_load", **params)
        assert stack.api.run_state("reporting_load", run_id) == "success"
        chosen = params.get("tables") or [table.name for table in TABLES]
        assert loads(stack, run_id) == dict.fromkeys(chosen, "success")
    assert current() == before


def test_one_table_is_one_task_also_while_an_hourly_run_loads_it(stack, filled, run_dag):
    before = current()
    hourly = stack.api.trigger(DAG)
    run_id = run_dag("reporting_load", tables=["machine_performance_daily"], rebuild=True)
    assert stack.api.run_state("reporting_load", run_id) == "success"
    assert loads(stack, run_id) == {"machine_performance_daily": "success"}
    wait_until(lambda: stack.api.run_state(DAG, hourly) in ENDED, 300, "the hourly run to end")
    assert stack.api.run_state(DAG, hourly) == "success"
    assert current() == before


@pytest.mark.parametrize(
    ("params", "reason"),
    [
        ({"from": "yesterday"}, "from"),
        ({"from": "2026-02-30"}, "from"),
        ({"tables": ["no_such_table"]}, "tables"),
        ({"rebuild": "maybe"}, "rebuild"),
    ],
)
def test_bad_params_are_refused_in_the_form(stack, filled, params, reason):
    with pytest.raises(StackError, match=reason):
        stack.api.trigger("reporting_load", params)


def test_days_in_the_wrong_order_are_refused_once(stack, filled, run_dag):
    run_id = run_dag("reporting_load", **{"from": "2026-02-02", "to": "2026-02-01"})
    tasks = {task["task_id"]: task for task in stack.api.task_instances("reporting_load", run_id)}
    assert "correct from and to" in "\n".join(stack.api.log(tasks.pop("refused")))
    assert {task["state"] for task in tasks.values()} == {"skipped"}
    assert max(task["try_number"] for task in tasks.values()) == 1
    assert stack.api.run_state("reporting_load", run_id) == "success"


WAITING = "SELECT pid FROM pg_locks WHERE NOT granted"


@pytest.mark.parametrize("state", ["success", "failed"])
def test_a_load_that_is_marked_while_it_runs_publishes_nothing(stack, filled, run_dag, state):
    """A lock of a source's table keeps the load from ending before it is marked."""
    table = "machine_performance_daily"
    rows = f"SELECT MAX(updated_at) FROM {settings().mysql_reporting_db}.{table}"
    [(before,)] = query(rows)
    api = stack.api
    with psycopg.connect(source_owner(stack.env), dbname="genims_master_db") as owner:
        owner.execute("LOCK TABLE machines")
        run_id = api.trigger("reporting_load", {"tables": [table]})
        path = f"/dags/reporting_load/dagRuns/{run_id}/taskInstances/step_1.load/0"
        # Killed before it reads, it has no time for its row: the next attempt writes that.
        wait_until(lambda: owner.execute(WAITING).fetchone(), 60, "the load to wait for the lock", every=0.1)
        api.call("PATCH", path, json={"new_state": state})
    logged = "SELECT status, LEFT(error, 7) FROM audit_etl_sync_log WHERE run_id = %s"
    wait_until(lambda: query(logged, (run_id,), database=settings().mysql_audit_db), 30, "the row in the run log")
    assert query(logged, (run_id,), database=settings().mysql_audit_db) == [("failed", "Stopped")]
    assert query(rows) == [(before,)]
    assert api.call("GET", path)["state"] == state


def test_a_past_hour_can_be_backfilled(stack, filled):
    backfill = stack.api.call(
        "POST",
        "/backfills",
        json={
            "dag_id": DAG,
            "from_date": "2026-02-01T00:00:00Z",
            "to_date": "2026-02-01T00:00:00Z",
            "max_active_runs": 1,
            "reprocess_behavior": "none",
        },
    )

    def runs() -> list[dict]:
        found = stack.api.call("GET", f"/dags/{DAG}/dagRuns?run_type=backfill&limit=10")["dag_runs"]
        return [run for run in found if run["logical_date"] and run["logical_date"].startswith("2026-02-01")]

    wait_until(
        lambda: runs() and all(run["state"] in ENDED for run in runs()), 180, f"backfill {backfill['id']} to end"
    )
    assert [run["state"] for run in runs()] == ["success"]
