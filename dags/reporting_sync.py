"""
# reporting_sync: thirteen source databases into genims_reporting_db, every hour

**When** every hour at HH:00, for the hour that has just ended; a run in the past touches only its own days. A table
that is still empty is loaded whole.
**Reads** the PostgreSQL source databases, in read-only transactions; the slots of the pool `genims_sources` limit how
many tasks do so at once.
**Writes** the tables of `genims_reporting_db`, one task each, and one row per attempt in
`genims_audit_db.audit_etl_sync_log`.
**Safe to clear** always: any task, any hour, any number of times. A task recomputes its business days from what the
sources hold now and publishes them in one transaction; readers never see half of a table.

Before rows are published, the checks that the table's header declares examine them (`include/sql/checks`). The log
shows the results; the run log keeps them in its column `checks`.

**By hand** choose *Trigger*: `from` and `to` recompute business days (both included), `tables` restricts the run,
`rebuild` recomputes all days that are kept. To repeat past hours use *Backfill*. `check_form` refuses a `from` that is
after `to`, before any table is loaded.

**When a task fails** open its log; the last error names the thing, what was expected and what was found.
`SourceContractError`: a source changed a column, hides rows by row level security, or has rows twice.
`SourceChanged`: a source reloaded a table while it was read; the retries heal it. `FewerRows`: a source looks emptied,
so the table keeps its rows; the next run after its repair heals it. If fewer rows are right, trigger the table with the
reason in `accept_fewer_rows`; the audit log keeps who said so. `QueryError`: the query is wrong. `RejectedRows`: rows
do not fit the table, or break a check of level *fail*; the message lists the rules and the keys. `LoadError`: MySQL
warned about a row. `PlatformError`: the table was dropped; run `platform_setup`. A table that is *skipped* is new and
not created yet: the same. `TableBusy`: another run of the table is still writing it. Connection errors
(`ConnectionLost` among them) heal by the retries; once the cause is gone, clear the task.
"""

from datetime import date, datetime

from airflow.sdk import DAG, CronDataIntervalTimetable, Param, task

from genims.core.settings import settings
from genims.dag_defaults import DATE_OR_NONE, DEFAULT_ARGS, TEMPLATES, tables_param
from genims.reporting.tables import reporting_tables
from genims.transfers.sources_to_mysql import load_tasks

TABLES = reporting_tables()

with DAG(
    dag_id="reporting_sync",
    doc_md=__doc__,
    schedule=CronDataIntervalTimetable("0 * * * *", timezone=settings().genims_timezone),
    start_date=datetime(2025, 1, 1),
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS,
    template_searchpath=TEMPLATES,
    tags=["tier-2", "reporting"],
    params={
        "from": Param(None, **DATE_OR_NONE, description="First business day; without it, the table's lookback"),
        "to": Param(None, **DATE_OR_NONE, description="Last business day, included; without it, all that follow"),
        "rebuild": Param(False, type="boolean", description="Recompute all days that are kept, and swap them in"),
        "tables": tables_param([table.name for table in TABLES]),
        "accept_fewer_rows": Param(
            "",
            type="string",
            maxLength=2000,
            description="Why it is right that a table gets far fewer rows than it has; left empty, it keeps its rows",
        ),
    },
):

    @task
    def check_form(params: dict) -> None:
        """Refuses days that no run can have, once, before any table is loaded."""
        from datetime import UTC

        from genims.reporting.days import window_of

        start, end = (date.fromisoformat(params[side]) if params[side] else None for side in ("from", "to"))
        now = datetime.now(UTC)
        for table in TABLES:
            window_of(table, run_end=now, now=now, start=start, end=end)

    checked = check_form()
    for load in load_tasks(TABLES).values():
        if not load.upstream_list:
            checked >> load
