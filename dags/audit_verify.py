"""
# audit_verify: proves every day that no audit row was altered, removed or added

- **When** every day at 04:15, for the day before, the present one and a share of the older ones; *Trigger* takes
  others. Days that were missed are made up, and each day is verified again within 30 days.
- **Reads** the tables of `genims_audit_db`, in one transaction a day, the anchors in Blob Storage, and random captured
  rows in the sources.
- **Writes** monthly partitions of the audit tables; anchors for closed blocks that `audit_sync` has not anchored yet,
  normally within a minute (`GENIMS_ANCHOR_CONTAINER`, below `anchors/`); a report of each day below `reports/` there,
  with counts, findings and the last block of every source database, whose hash stands for all blocks before it; what
  changed on the MySQL server after the last look (`database_changes`, `permission_changes`); what was verified, up to
  which block (`sox_compliance_log`, *audit_trail_verified*); and a row in `security_events` for differences from what
  was written.
- **Safe to clear** always: existing anchors and partitions stay unchanged, and a report is added.

**When a task fails**

- `verify` with `EvidenceError`: audit rows, or the blocks over them, differ from what was written. The error names each
  by table, source database and number. Change nothing: keep the database and the newest backups untouched, tell the
  person responsible for security, and compare with the backup of the day before: `python -m genims.audit.verify --from
  DAY --to DAY` repeats the proof on any server that `MYSQL_AUDIT_HOST` names.
- *not proven*: blocks lack their anchors; if Blob Storage was down, the next run may find them anchored.
- With `NotProven`, no Blob Storage is set at all: nothing deviates, and nothing proves it.
- `present_rows` with `EvidenceError`: a row in a source is not what its last event says; the event was altered on its
  way, or the row changed past the triggers.
- `TableHeld`: sessions hold a table whose months are missing; the error names them.
- Connection errors heal by the retries.
- `partitions`: the administrator cannot sign in or lacks a right.
"""

from datetime import datetime

from airflow.sdk import DAG, CronDataIntervalTimetable, Param, chain, task

from genims.core.settings import settings
from genims.dag_defaults import DATE_OR_NONE, DEFAULT_ARGS, SETUP_ARGS, described

with DAG(
    dag_id="audit_verify",
    **described(__doc__),
    schedule=CronDataIntervalTimetable("15 4 * * *", timezone=settings().genims_timezone),
    start_date=datetime(2025, 1, 1),
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS,
    tags=["job", "daily", "tier-1", "audit"],
    params={
        "from": Param(None, **DATE_OR_NONE, description="First day (UTC); without it, yesterday"),
        "to": Param(None, **DATE_OR_NONE, description="Last day, included; without it, today"),
    },
) as dag:

    @task(queue=SETUP_ARGS["queue"])
    def partitions():
        from genims.audit.drift.definitions import record_mysql_changes
        from genims.audit.ledger.partitions import create_missing_partitions

        record_mysql_changes()
        create_missing_partitions()
        record_mysql_changes("audit_verify")

    @task
    def anchors():
        from genims.audit.evidence.tasks import anchor

        anchor()

    @task
    def verify(params):
        from genims.audit.evidence.tasks import verify_days

        verify_days(params["from"], params["to"])

    @task
    def present_rows():
        from genims.audit.evidence.tasks import compare_present_rows

        compare_present_rows()

    chain(partitions(), anchors(), verify())
    present_rows()
