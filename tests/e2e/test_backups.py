"""Backups under a real scheduler: made, proven and restored, while somebody clears every task; no password is seen."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from dev.stack.airflow_api import ENDED, AirflowApi
from dev.stack.steps import wait_until
from genims.backup.databases import DATABASES, REPORTING
from genims.backup.store import Store
from genims.core.settings import settings
from tests.e2e.test_written_secrets import forms_of
from tests.support.backup import drop
from tests.support.faults.faults import query

DAGS = ("mysql_backup", "restore_drill", "restore")
AT_WORK = timedelta(seconds=2)
RESTORED = "restored_by_a_form"


def clear(api: AirflowApi, dag: str, run: str, tasks: Collection[str] | None = None) -> None:
    wanted = {"task_ids": list(tasks)} if tasks else {}
    options = {"dry_run": False, "dag_run_id": run, "only_failed": False, "reset_dag_runs": True}
    api.call("POST", f"/dags/{dag}/clearTaskInstances", json=options | wanted)


def clear_at_work(api: AirflowApi, dag: str, run: str, tasks: set[str]) -> None:
    """Clear tasks once each, in the midst of their work, or right after it where that is over sooner."""
    left = set(tasks)

    def is_done() -> bool:
        for task in api.task_instances(dag, run):
            begun = task["start_date"] and datetime.fromisoformat(task["start_date"])
            if task["task_id"] in left and begun and datetime.now(UTC) - begun > AT_WORK:
                clear(api, dag, run, [task["task_id"]])
                left.remove(task["task_id"])
        return not left

    wait_until(is_done, 120, f"{left} to be at work", every=0.1)


def wait_for(api: AirflowApi, dag: str, run: str) -> None:
    """Wait for a run whose tasks all succeed; what does not apply, such as *refused* of a form, is skipped."""
    wait_until(lambda: api.run_state(dag, run) in ENDED, 120, f"{dag} to end", every=0.2)
    failed = [task for task in api.task_instances(dag, run) if task["state"] not in ("success", "skipped")]
    assert not failed, "\n".join(line for task in failed for line in list(api.log(task))[-20:])


def runs_of(api: AirflowApi, dag: str) -> list[str]:
    return [run["dag_run_id"] for run in api.call("GET", f"/dags/{dag}/dagRuns")["dag_runs"]]


def seen(api: AirflowApi, dag: str) -> str:
    """All that the UI shows of a DAG's tasks but for logs: rendered fields, notes and XComs."""
    texts = []
    for run in runs_of(api, dag):
        for task in api.task_instances(dag, run):
            path = f"/dags/{dag}/dagRuns/{run}/taskInstances/{task['task_id']}/xcomEntries"
            entries = api.call("GET", path)["xcom_entries"]
            values = [api.call("GET", f"{path}/{entry['key']}?deserialize=false") for entry in entries]
            texts.append(json.dumps([task, values], ensure_ascii=False))
    return "\n".join(texts)


def counts(database: str) -> dict[str, int]:
    tables = [name for (name,) in query(f"SHOW TABLES FROM {database}")]
    return {table: query(f"SELECT COUNT(*) FROM {database}.{table}")[0][0] for table in tables}


def on_record(action: str) -> list[str]:
    """The backups that were made, or restored, as often as they are on record."""
    rows = query("SELECT location FROM backup_recovery WHERE action = %s", (action,), settings().mysql_audit_db)
    return [location.rpartition("/")[2] for (location,) in rows]


def test_backups_are_made_proven_and_restored_whatever_is_cleared(stack, filled):
    api = stack.api
    for dag in DAGS:
        api.wait_for_dag(dag)
    earlier = set(runs_of(api, "restore_drill"))
    # The drill begins by itself, as soon as a backup is there.
    api.call("PATCH", "/dags/restore_drill", json={"is_paused": False})
    backup = api.join_or_trigger("mysql_backup")
    clear_at_work(api, "mysql_backup", backup, {"reporting.dump", "audit.dump"})
    wait_until(lambda: set(runs_of(api, "restore_drill")) - earlier, 60, "the drill to begin", every=0.2)
    proof = min(set(runs_of(api, "restore_drill")) - earlier)
    wished = Store().backups(REPORTING)[-1].name
    form = {"database": "reporting", "backup": wished, "into": RESTORED, "decision": "request", "reason": "to see it"}
    restore = api.trigger("restore", form)
    try:
        clear_at_work(api, "restore_drill", proof, {"reporting.prove", "audit.prove"})
        clear_at_work(api, "restore", restore, {"restore"})
        for dag, run in (("mysql_backup", backup), ("restore_drill", proof), ("restore", restore)):
            wait_for(api, dag, run)
        assert all(Store().newest(database, proven=True) for database in DATABASES.values())
        assert on_record("restore").count(wished) == 1
        rows = Store().backup(wished).manifest.rows
        assert counts(RESTORED) == rows
        # All at once, and all again: the backups stand beside the first, the restore is there already.
        for dag, run in (("mysql_backup", backup), ("restore", restore)):
            clear(api, dag, run)
        for dag, run in (("mysql_backup", backup), ("restore", restore)):
            wait_for(api, dag, run)
        assert counts(RESTORED) == rows
    finally:
        drop(RESTORED)
        for dag in DAGS:
            api.call("PATCH", f"/dags/{dag}", json={"is_paused": True})

    made = sorted(each.name for database in DATABASES.values() for each in Store().intact(database))
    assert sorted(on_record("backup")) == made
    assert on_record("restore").count(wished) == 1
    assert all(len(Store().backups(database)) >= 2 for database in DATABASES.values())
    assert query("SHOW DATABASES LIKE 'genims\\_restoring\\_%'") == []
    # A drill may be at work, on what was backed up again.
    scratch = query("SHOW DATABASES LIKE 'genims\\_drill\\_%'")
    assert [name for (name,) in scratch if query("SELECT IS_FREE_LOCK(%s)", (name,)) == [(1,)]] == []

    shown = "".join(seen(api, dag) for dag in DAGS).encode()
    assert wished.encode() in shown
    secrets = {name: value for name, value in stack.env.items() if name.endswith(("PASSWORD", "SECRET", "KEY"))}
    assert [name for name, secret in secrets.items() if any(form in shown for form in forms_of(secret))] == []
