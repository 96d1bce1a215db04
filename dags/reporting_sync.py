"""
# reporting_sync: thirteen source databases into genims_reporting_db

- **When** every hour at HH:00, for the hour that has just ended; a run in the past touches only its own days. A table
  that is still empty is loaded whole.
- **Reads** the PostgreSQL source databases, in read-only transactions; the slots of the pool `genims_sources` limit how
  many tasks do so at once.
- **Writes** the tables of `genims_reporting_db`, one task each, and one row per attempt in
  `genims_audit_db.audit_etl_sync_log`.
- **Safe to clear** always: any task, any hour, any number of times. A task recomputes its business days from what the
  sources hold now and publishes them in one transaction; readers never see half of a table.

Before rows are published, the checks that the table's header declares examine them (`include/sql/checks`). The log
shows the results; the run log keeps them in its column `checks`.

To load some tables or days, trigger `reporting_load`; to repeat past hours, use *Backfill*.

**When a task fails**, open its log; the last error names the thing, what was expected and what was found.

- `SourceContractError`: a source changed a column, hides rows by row level security, or has rows twice.
- `SourceChanged`: a source reloaded a table while it was read; the retries heal it.
- `FewerRows`: a source looks emptied, so the table keeps its rows; the next run after its repair heals it. If fewer
  rows are right, trigger `reporting_load` and say why in *Accept fewer rows*.
- `QueryError`: the query is wrong.
- `RejectedRows`: rows do not fit the table, or break a check of level *fail*; the message lists the rules and the keys.
- `LoadError`: MySQL warned about a row.
- `PlatformError`: the table was dropped; run `platform_setup`. A table that is *skipped* is new and not created yet:
  the same.
- `TableBusy`: another run of the table is still writing it.
- `Stopped`: somebody marked or cleared the task while it ran; nothing was published.
- `ConnectionLost` and other errors of connections heal by the retries; once the cause is gone, clear the task.

**When a log warns**, a check found bad rows that are *NEW*: more than usual, or accepted no longer. Ask the table's
owner. What is known and has its reason goes into `include/accepted_warnings.yaml`, with who accepts it and until when.
"""

from datetime import datetime

from airflow.sdk import DAG, CronDataIntervalTimetable

from genims.core.settings import settings
from genims.dag_defaults import DEFAULT_ARGS, TEMPLATES, described
from genims.reporting.tables import reporting_tables
from genims.transfers.sources_to_mysql import load_tasks

with DAG(
    dag_id="reporting_sync",
    **described(__doc__),
    schedule=CronDataIntervalTimetable("0 * * * *", timezone=settings().genims_timezone),
    start_date=datetime(2025, 1, 1),
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS,
    template_searchpath=TEMPLATES,
    tags=["job", "hourly", "tier-2", "reporting"],
):
    load_tasks(reporting_tables())
