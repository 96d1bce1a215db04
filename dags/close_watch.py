"""
# close_watch: a day without a close is an alarm

- **When** every day at 06:00, four hours after `financial_close`, whether that has run, is blocked or is switched off.
- **Reads** `closed_days` of `genims_reporting_db`, and from the run log when the first load was.
- **Writes** nothing.
- **Safe to clear** always: it only reads. It turns green once the days are closed.

**When a task fails** with `DayNotClosed`, it names the days. Open the last run of `financial_close`: if it is blocked,
its log says by what; if there is none, see whether the DAG is switched on and the scheduler runs. Missed days are made
up in order by its next run.
"""

from datetime import datetime

from airflow.sdk import DAG, CronTriggerTimetable, task

from genims.core.settings import settings
from genims.dag_defaults import DEFAULT_ARGS, described

with DAG(
    dag_id="close_watch",
    **described(__doc__),
    schedule=CronTriggerTimetable("0 6 * * *", timezone=settings().genims_timezone),
    start_date=datetime(2025, 1, 1),
    catchup=False,
    default_args=DEFAULT_ARGS | {"owner": "finance"},
    tags=["job", "daily", "tier-1", "reporting"],
):

    @task
    def every_day_is_closed():
        from genims.close.steps import require_closed

        require_closed()

    every_day_is_closed()
