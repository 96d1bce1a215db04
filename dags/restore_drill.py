"""
# restore_drill: the newest backup of each MySQL database, restored and compared

- **When** after every backup, so each night, and by hand; *again* repeats the proof of a backup that is proven already.
- **Reads** the newest backups in `GENIMS_BACKUP_CONTAINER`, and the anchors of the audit trail.
- **Writes** a scratch database `genims_drill_<random>` on the server of the original, as `MYSQL_DRILL_USER`, which has
  rights in such databases alone; it is dropped in any case. The result, good or bad, is a signed document beside the
  backup and a row of `backup_recovery`.
- **Safe to clear** always, and after a kill: the next run drops what a killed one has left.

What is proven: every blob has the hash in the signed manifest; MySQL takes all of it; every table has as many rows as
were counted in the dump, and the same rows; columns, collations, generated columns, partitions, triggers, views, events
and routines are the same; the audit trail of the backup's last days verifies against its anchors; people's queries
answer. To compare, the copy is dumped as the original was, and both texts are digested row by row, in any order.

The XCom `return_value` of `prove` has the last proven backup, and of the last drills how long the restore took (RTO)
and how old the last proven backup was just before (RPO), in seconds.

**When a task fails**

- `BackupBroken`: the backup does not restore, and the error says why: a blob that is missing, altered or encrypted with
  another key, or a difference after the restore. The last proven backup stays, and is never deleted. Find the cause,
  run `mysql_backup` by hand, and look at the next drill.
- `BackupRefused`: there is no backup yet, or no client of MySQL.
- Connection errors heal by the retries.
"""

from datetime import datetime, timedelta

from airflow.sdk import DAG, Asset, Param, task, task_group

from genims.dag_defaults import DEFAULT_ARGS, described

DATABASES = ("reporting", "audit")

with DAG(
    dag_id="restore_drill",
    **described(__doc__),
    schedule=Asset(f"genims_backup_{DATABASES[0]}") | Asset(f"genims_backup_{DATABASES[1]}"),
    start_date=datetime(2025, 1, 1),
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS | {"execution_timeout": timedelta(hours=12)},
    tags=["job", "daily", "tier-1", "backup"],
    params={"again": Param(False, type="boolean", description="Also prove again what is proven")},
) as dag:

    @task
    def prove(short, params=None):
        from genims.backup.tasks import drill_database

        return drill_database(short, params["again"])

    @task(trigger_rule="all_done")
    def record(short):
        from genims.backup.tasks import record_backups

        return record_backups(short, "restore_drill")

    @task_group
    def drill(short):
        prove(short) >> record(short)

    for short in DATABASES:
        drill.override(group_id=short)(short)
