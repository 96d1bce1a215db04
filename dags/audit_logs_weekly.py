"""
# audit_logs_weekly: everything that the sources log themselves, compared with what is on record

- **When** every Sunday at 03:40, between two runs of `audit_logs`; by hand whenever in doubt.
- **Reads** what `audit_logs` reads, all of it, and all that is on record of the logs.
- **Writes** as `audit_logs` does: one event for each entry that is new or has changed. These are entries that no hourly
  run could see: a source changed them without a new time in the columns that the header of the log names (`changes`),
  or added them with a time more than a day back.
- **Safe to clear** always: any task, any number of times, also while another run of it is at work, and after a kill.

Its time and its files below `GENIMS_TEMP_DIRECTORY` grow with the entries on record. A task of
`audit_logs` that finds its log at work here waits and is tried again; it then sees all that came meanwhile.

**When a task fails** read the runbook of `audit_logs`: the errors are the same. Then clear the task.
"""

from datetime import datetime, timedelta

from airflow.sdk import DAG, CronDataIntervalTimetable

from genims.audit.logs.source_log import source_logs
from genims.core.settings import settings
from genims.dag_defaults import DEFAULT_ARGS, SOURCES_POOL, TEMPLATES, described
from genims.operators.source_log import SourceLogOperator

with DAG(
    dag_id="audit_logs_weekly",
    **described(__doc__),
    schedule=CronDataIntervalTimetable("40 3 * * 0", timezone=settings().genims_timezone),
    start_date=datetime(2025, 1, 1),
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS | {"execution_timeout": timedelta(hours=2)},
    template_searchpath=TEMPLATES,
    tags=["job", "weekly", "tier-2", "audit"],
) as dag:
    for log in source_logs():
        SourceLogOperator(source_log=log, full=True, pool=SOURCES_POOL, doc_md=log.description, owner=log.owner)
