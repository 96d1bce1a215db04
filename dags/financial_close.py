"""
# financial_close: yesterday's books become figures that nobody changes silently

- **When** every night at 02:00, after `reporting_nightly`, and by hand. A run closes one day: the next one after the
  last closed day, at first yesterday. Missed nights are made up in order: the last task triggers the run of the next
  day.
- **Reads** the PostgreSQL source databases, in read-only transactions, the run log, and the tables it closes.
- **Writes** the seven financial tables and `closed_days` of `genims_reporting_db`; rows of `sox_compliance_log`: the
  outcome of each control, the sign-off `day_close` with the digest of the day's rows, and `closed_day_unchanged`.
- **Safe to clear** always: a run keeps its day; a closed day keeps its rows, byte by byte, and is signed once.

`cut_off` looks for the loads of the day and for postings at its edge, `controls` runs `include/sql/close/controls`;
`publish` loads the day for the last time; `close_day` closes its rows in all tables at once; `sign_off` puts the digest
on the chained record. Beside them, `source_changes` computes the closed days of the last 45 days again, aside, and
names every value that sources have changed since, with who did it: in its log, its XCom and on record. Restate such a
day by the DAG `restate`, or leave it as it was closed.

**Dry run** in the trigger form does everything but publish, close and sign: the XComs of the `publish` tasks are the
differences that would be published.

**When a task fails**

- `CloseBlocked`: nothing was published: the error (also XCom `blocked`) is a table of what blocks, with documents,
  accounts, amounts, and what to do. Mend the source, then clear the task with all that follow.
- `DayNotClosed`: another day comes first.
- `EvidenceError`: rows of a closed day, or `closed_days`, are not what was signed: see docs/operating.md.
- `publish` fails as in `reporting_sync`, whose runbook has the errors.
"""

from datetime import datetime

from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import DAG, CronTriggerTimetable, Param, chain, task

from genims.core.settings import settings
from genims.dag_defaults import DATE_OR_NONE, DEFAULT_ARGS, SOURCES_POOL, described
from genims.operators.close import CloseStep, publish_tasks

DAY = "{{ ti.xcom_pull(task_ids='day') }}"

with DAG(
    dag_id="financial_close",
    **described(__doc__),
    schedule=CronTriggerTimetable("0 2 * * *", timezone=settings().genims_timezone),
    start_date=datetime(2025, 1, 1),
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS | {"owner": "finance"},
    tags=["job", "daily", "tier-1", "reporting"],
    params={
        "dry_run": Param(False, type="boolean", title="Dry run", description="Check and compare, publish nothing"),
        "day": Param(None, **DATE_OR_NONE, title="Day", description="Of a dry run; else the next one to be closed"),
    },
):

    @task.short_circuit
    def day(dag_run, params):
        from genims.close.steps import day_of

        return day_of(dag_run, params)

    @task.short_circuit
    def to_be_closed(params):
        return not params["dry_run"]

    @task(pool=SOURCES_POOL)
    def source_changes():
        from genims.close.steps import compare_closed_days

        return compare_closed_days()

    @task.short_circuit
    def day_left():
        from genims.close.steps import next_day

        return next_day()

    chain(
        day(),
        CloseStep(task_id="cut_off", day=DAY, pool=SOURCES_POOL),
        CloseStep(task_id="controls", day=DAY, pool=SOURCES_POOL),
        publish_tasks(DAY),
        to_be_closed(),
        CloseStep(task_id="close_day", day=DAY),
        CloseStep(task_id="sign_off", day=DAY),
        day_left(),
        TriggerDagRunOperator(
            task_id="next_day",
            trigger_dag_id="financial_close",
            trigger_run_id="made_up__{{ ti.xcom_pull(task_ids='day_left') }}",
            skip_when_already_exists=True,
        ),
    )
    source_changes()
