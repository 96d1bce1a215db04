"""
# mysql_backup: both MySQL databases into Blob Storage

- **When** every night at 01:00, and by hand; *full* adds a plain dump of the audit database, as on the 1st of each
  month.
- **Reads** `genims_reporting_db` and `genims_audit_db` as `MYSQL_BACKUP_USER`, each at one moment and without a lock;
  the names of triggers, events, routines and views as the administrator.
- **Writes** the container `GENIMS_BACKUP_CONTAINER`: `backup_reporting_YYYYMMDD.sql.gz` and
  `backup_audit_YYYYMMDD.sql.gz`, a second one of the day with `_2`, and a signed manifest beside each. The audit
  database's closed months are dumped once, below `months/`, and referred to by every later night. `backup_recovery` has
  a row for each. With `GENIMS_BACKUP_DIRECTORY`, a local copy of each is kept for seven days.
- **Safe to clear** always, at any moment, and after a kill: a blob appears only once all of it is stored and checked,
  and nothing is overwritten. A cleared task makes a further backup beside the first.

A backup counts once `restore_drill` has restored it, which it does right after. `retain` comes last: backups of
reporting are deleted after 30 days, those of audit after 7 years; never the newest proven one, none under a legal hold,
no month that a kept backup refers to. *held* in its XCom is a blob that a policy still protects, which is no failure.

**When a task fails**, nothing was stored by it, but for months.

- `DumpFailed` quotes mysqldump; *table definition has changed* means that a load swapped the table meanwhile: the
  retries heal it.
- `BackupRefused`: the client is MariaDB's or older than the server, a table is not InnoDB, or a trigger is there that
  the backup user may not see; the error says what to do.
- `BackupBusy`: another backup of the same database is at work.
- `BlobStorageError`: Blob Storage did not take it, though each block was tried again; the retries heal it.
"""

from datetime import datetime, timedelta

from airflow.sdk import DAG, Asset, CronTriggerTimetable, Param, task, task_group

from genims.core.settings import settings
from genims.dag_defaults import DEFAULT_ARGS, described

with DAG(
    dag_id="mysql_backup",
    **described(__doc__),
    schedule=CronTriggerTimetable("0 1 * * *", timezone=settings().genims_timezone),
    start_date=datetime(2025, 1, 1),
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS | {"execution_timeout": timedelta(hours=6)},
    tags=["job", "daily", "tier-1", "backup"],
    params={"full": Param(False, type="boolean", description="Also make a plain full dump of the audit database")},
) as dag:

    @task
    def dump(short, dag_run=None, params=None):
        from genims.backup.tasks import back_up_database

        return back_up_database(short, dag_run.run_after, params["full"])

    @task
    def record(short):
        from genims.backup.tasks import record_backups

        return record_backups(short, "mysql_backup")

    @task
    def retain():
        from genims.backup.tasks import retain

        return retain()

    @task_group
    def back_up(short):
        recorded = record.override(outlets=[Asset(f"genims_backup_{short}")])(short)
        dump(short) >> recorded

    last = retain()
    for short in ("reporting", "audit"):
        back_up.override(group_id=short)(short) >> last
