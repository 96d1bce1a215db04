"""
# audit_logs: what the sources log themselves, sign-ins, approvals and kept promises, into the audit tables

**When** every hour at half past, after `reporting_sync`; the first run takes over all that is there.
**Reads** the logs, approvals, tickets and portal users of the PostgreSQL source databases, at most as many tasks at
once as the pool `genims_sources` has slots; for promises also tables of `genims_reporting_db` and the run log.
**Writes** chained tables of `genims_audit_db`: one event for each entry that is new, and a further one for each entry
that has changed since it was recorded. An entry that a source deletes stays on record. `settings_in_force` compares the
platform's settings, `source_rights` the roles, memberships, owners and privileges in the sources, with what was
recorded last: `configuration_changes` and `permission_changes` get a row for each difference.
**Safe to clear** always: any task, any number of times, also while another run of it is at work, and after a kill. An
entry that is on record as it is now is not recorded again.

The task of a log is named like its query in `include/sql/audit/logs`, whose header says which audit table it fills.
Its entries are numbered and chained under that name (`source_database`); which source row an entry is about stands in
`row_key` of its row in `system_audit_log`. The XCom `return_value` is how many entries were recorded.

**When a task fails** open its log; the last error names the thing, what was expected and what was found.
`SourceContractError`: a source changed a column. `QueryError`: the query is wrong. `RejectedRows`: entries do not fit
the audit table, or two have the same key; none was recorded. `LoadError`: MySQL refused an entry. `SourceBusy`: another
run of the same task is still writing. Connection errors heal by the retries; once the cause is gone, clear the task.
"""

from datetime import datetime

from airflow.sdk import DAG, CronDataIntervalTimetable, task

from genims.audit.logs.source_log import source_logs
from genims.core.settings import settings
from genims.dag_defaults import DEFAULT_ARGS, SOURCES_POOL, TEMPLATES
from genims.operators.source_log import SourceLogOperator

with DAG(
    dag_id="audit_logs",
    doc_md=__doc__,
    schedule=CronDataIntervalTimetable("30 * * * *", timezone=settings().genims_timezone),
    start_date=datetime(2025, 1, 1),
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS,
    template_searchpath=TEMPLATES,
    tags=["tier-2", "audit"],
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

    settings_in_force()
    source_rights()
