"""
# mysql_maintenance: purge past 12 months, statistics, slow statements, free space

- **When** every Sunday at 04:30; `free_space` and `optimize` only in the first week of a month.
- **Reads** the tables of `genims_reporting_db`, their sizes, and the statistics of statements in `performance_schema`.
- **Writes** `genims_reporting_db`: `purge` deletes rows of whole months that `reporting_sync` no longer keeps (12
  months before the present one stay); `analyze` renews the statistics of all tables; `optimize` rebuilds tables with
  more than `GENIMS_OPTIMIZE_FREE_MB` of free space. Each task's log ends in a table of what it found or did, which is
  also its XCom `return_value`, where health checks find it.
- **Safe to clear** always: every step commits by itself, and a repetition continues where the last one stopped.
  Dashboards and loads continue meanwhile.

**By hand** choose *Trigger*; `monthly` includes the monthly part on any day.

**When a task fails**, clear it once the cause is gone.

- `MaintenanceError`: MySQL names the tables that it could not treat, mostly because a reader kept one open for longer
  than 30 s.
- `Lock wait timeout exceeded`: a load held the rows.
- `SELECT command denied` on `performance_schema`: run `platform_setup`.
- `slow_statements` is skipped if the server counts no statements; `free_space` and `optimize` are skipped after the
  first week of a month.
"""

from datetime import datetime

from airflow.sdk import DAG, CronTriggerTimetable, Param, chain, task

from genims.core.settings import settings
from genims.dag_defaults import DEFAULT_ARGS, TEMPLATES, described
from genims.operators.maintenance import MaintenanceOperator
from genims.reporting import maintenance

with DAG(
    dag_id="mysql_maintenance",
    **described(__doc__),
    schedule=CronTriggerTimetable("30 4 * * 0", timezone=settings().genims_timezone),
    start_date=datetime(2025, 1, 1),
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS,
    template_searchpath=TEMPLATES,
    tags=["job", "weekly", "tier-2", "maintenance"],
    params={"monthly": Param(False, type="boolean", description="Also do what is done once a month")},
) as dag:
    purge = MaintenanceOperator(task_id="purge", work=maintenance.purge)
    analyze = MaintenanceOperator(task_id="analyze", work=maintenance.analyze)
    slow_statements = MaintenanceOperator(task_id="slow_statements", work=maintenance.slow_statements)
    free_space = MaintenanceOperator(task_id="free_space", work=maintenance.free_space)
    optimize = MaintenanceOperator(task_id="optimize", work=maintenance.optimize)

    @task.short_circuit
    def once_a_month(dag_run, params):
        return maintenance.is_monthly(dag_run.run_after, params["monthly"])

    chain(purge, analyze)
    chain(purge, once_a_month(), free_space, optimize)
