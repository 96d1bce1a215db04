"""
# audit_logs: what the sources log themselves, sign-ins, approvals and kept promises, into the audit tables

- **When** every hour at half past, after `reporting_sync`; the first run records every entry that the sources hold.
- **Reads** the logs, approvals, tickets and portal users of the PostgreSQL source databases; for promises also tables
  of `genims_reporting_db` and the run log. Of a table under `changes` in the header of its log, it reads the rows that
  have changed since the day before the last run; `audit_logs_weekly` compares the rest. The first run of a new or
  changed query compares everything. The pool `genims_sources` bounds how many tasks read at once.
- **Writes** chained tables of `genims_audit_db`: one event for each new entry, and a further one for each entry that
  has changed since it was recorded. An entry that a source deletes stays on record. `settings_in_force` compares the
  platform's settings with those on record, `source_rights` the roles, memberships, owners and privileges in the
  sources: each difference is a row of `configuration_changes` or `permission_changes`. `form_runs` finds runs of forms
  that were deleted from Airflow.
- **Safe to clear** always: any task, any number of times, also while another run of it is at work, and after a kill. An
  unchanged entry is never recorded twice.

The task of a log has the name of its query in `include/sql/audit/logs`, whose header names the audit table. Its entries
are numbered and chained under the same name (`source_database`); `row_key` in `system_audit_log` names the source row
of an entry. The XCom `return_value` is the number of entries recorded.

**When a task fails**, open its log; the last error names the thing, what was expected and what was found.

- `SourceContractError`: a source changed a column.
- `QueryError`: the query is wrong.
- `RejectedRows`: entries do not fit the audit table, or two have the same key; none was recorded.
- `LoadError`: MySQL refused an entry.
- `SourceBusy`: another run of the same task is still writing.
- Retries heal connection errors; if they run out, clear the task once the servers answer again.
"""

from datetime import datetime

from airflow.sdk import DAG, CronDataIntervalTimetable, task

from genims.audit.logs.source_log import source_logs
from genims.core.settings import settings
from genims.dag_defaults import DEFAULT_ARGS, SOURCES_POOL, TEMPLATES, described
from genims.operators.source_log import SourceLogOperator

with DAG(
    dag_id="audit_logs",
    **described(__doc__),
    schedule=CronDataIntervalTimetable("30 * * * *", timezone=settings().genims_timezone),
    start_date=datetime(2025, 1, 1),
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS,
    template_searchpath=TEMPLATES,
    tags=["job", "hourly", "tier-2", "audit"],
) as dag:
    for log in source_logs():
        SourceLogOperator(source_log=log, pool=SOURCES_POOL, doc_md=log.description, owner=log.owner)

    @task
    def settings_in_force():
        from genims.audit.drift.settings import record_settings

        record_settings("audit_logs")

    @task
    def source_rights():
        from genims.audit.drift.source_rights import record_rights

        record_rights("audit_logs")

    @task
    def form_runs(ti):
        from genims.audit.drift.form_runs import record_deleted_runs

        record_deleted_runs(lambda dag_id, run_ids: ti.get_dr_count(dag_id, run_ids=run_ids), "audit_logs")

    settings_in_force()
    source_rights()
    form_runs()
