"""
# audit_logs: what the sources log themselves, sign-ins, approvals and kept promises, into the audit tables

**When** every hour at half past, after `reporting_sync`; the first run records all existing entries.
**Reads** the logs, approvals, tickets and portal users of the PostgreSQL source databases; the slots of the pool
`genims_sources` limit how many tasks do so at once. For promises also tables of `genims_reporting_db` and the run log.
**Writes** chained tables of `genims_audit_db`: an event for each new entry, and a further one for each entry that has
changed after it was recorded. An entry that a source deletes stays on record. `settings_in_force` compares the
platform's settings, `source_rights` the roles, memberships, owners and privileges in the sources, with the last record:
`configuration_changes` and `permission_changes` get a row for each difference.
**Safe to clear** always: any task, any number of times, during another run of it, and after a kill. An entry that is on
record and unchanged is not recorded again.

The task of a log is named after its query in `include/sql/audit/logs`, whose header says which audit table it fills.
Its entries are numbered and chained under that name (`source_database`); `row_key` of an entry's row in
`system_audit_log` names its source row. The XCom `return_value` is the number of recorded entries.

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
