"""
# reporting_nightly: late and changed rows, then every table compared with its sources

- **When** every night at twenty past midnight; the close of the day at 02:00 needs it. For the business day that has
  just ended and at least 45 days before it; tables with a longer lookback of their own keep theirs.
- **Reads** the PostgreSQL source databases, in read-only transactions; the slots of the pool `genims_sources` limit how
  many tasks do so at once. Then the tables of `genims_reporting_db`.
- **Writes** the tables of `genims_reporting_db`, as `reporting_sync` does, and one row per attempt in
  `genims_audit_db.audit_etl_sync_log`, with the differences in its column `checks`.
- **Safe to clear** always: any task, any night, any number of times.

The task named after a table recomputes it; `reconcile.<table>` then adds up every day that is kept on the source
server, by a query of its own (`include/sql/reconcile`), and compares the totals with those of MySQL.

**When a task fails**, open its log; the last error names the thing, what was expected and what was found. A table's own
task fails as in `reporting_sync`, whose runbook has the errors.

- `ReconciliationError`: days that have just been recomputed differ; the message names table, column, days and both
  values. If a source changed in between, clear the table's task together with all that follow it. A difference that
  returns is a fault in one of the two queries, or somebody else writes into the table.

**A green task with a warning in its log** found differences in other days: today and days ahead, which change during
the comparison, or days further back, which the sources changed after they were loaded. To load those again, trigger
`reporting_load` with *From*, *To* and *Tables*.
"""

from datetime import datetime

from airflow.sdk import DAG, CronDataIntervalTimetable, TaskGroup

from genims.core.settings import settings
from genims.dag_defaults import DEFAULT_ARGS, SOURCES_POOL, TEMPLATES, described
from genims.operators.reconcile import ReconcileOperator
from genims.reporting.days import NIGHTLY_LOOKBACK
from genims.reporting.tables import reporting_tables
from genims.transfers.sources_to_mysql import load_tasks

TABLES = reporting_tables()

with DAG(
    dag_id="reporting_nightly",
    **described(__doc__),
    schedule=CronDataIntervalTimetable("20 0 * * *", timezone=settings().genims_timezone),
    start_date=datetime(2025, 1, 1),
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS,
    template_searchpath=TEMPLATES,
    tags=["job", "daily", "tier-2", "reporting"],
):
    loads = load_tasks(TABLES, least_lookback=NIGHTLY_LOOKBACK)
    reconcile = TaskGroup("reconcile")
    for table in TABLES:
        loads[table.name] >> ReconcileOperator(
            table=table,
            task_group=reconcile,
            pool=SOURCES_POOL,
            doc_md=f"Compares {table.name} with its sources.",
            owner=table.owner,
        )
