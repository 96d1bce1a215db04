"""
# period_close: a month is approved by a person who did not prepare it

- **When** on the first of every month at 06:30, for the month before, and by hand for another month.
- **Reads** the closed days, their controls and their journals: `closed_days`, `sox_compliance_log`, the captured
  changes, the databases `erp` and `financial`.
- **Writes** the decision into `approval_audit_log`, the approval into `sox_compliance_log` (*period_close*, with the
  checklist and a hash of the evidence of each of its lines), and the pack for the auditors into
  `GENIMS_ANCHOR_CONTAINER`, below `close/<month>/`; its SHA-256 is on record as *period_pack*.
- **Safe to clear** always: a cleared `approval` asks again, a cleared `pack` gives the same bytes.

`checklist` sees that every day is closed, signed and rests on a right opening, and lists what controls found.
`approval` waits under *Required Actions* until somebody of `GENIMS_CLOSE_APPROVERS` approves or rejects it, with a
comment. Left out are all who posted or changed manual journals of the month, restated a day or triggered the run. No
answer is no approval, and a task marked as a success approves nothing: `pack` reads the chained record.

**When a task fails**

- `DayNotClosed` or `CloseBlocked`: the error says what is lacking; see `financial_close` and `restate`, then clear it.
- `FormRefused`: nobody is left who may approve, or somebody answered who may not.
- `EvidenceError`: there is no approval, or days were restated since: clear `approval`, so that somebody looks anew.
"""

from datetime import datetime

from airflow.sdk import DAG, CronTriggerTimetable, Param, chain, task

from genims.core.settings import settings
from genims.dag_defaults import DEFAULT_ARGS, SOURCES_POOL, described
from genims.operators.close_approval import PeriodApproval

MONTH = {"type": ["null", "string"], "pattern": r"^20[0-9]{2}-(0[1-9]|1[0-2])$(?!\n)"}

with DAG(
    dag_id="period_close",
    **described(__doc__),
    schedule=CronTriggerTimetable("30 6 1 * *", timezone=settings().genims_timezone),
    start_date=datetime(2025, 1, 1),
    catchup=False,
    default_args=DEFAULT_ARGS | {"owner": "finance"},
    tags=["job", "monthly", "tier-1", "reporting"],
    params={"month": Param(None, **MONTH, title="Month", description="Such as 2026-11; empty: the month before")},
):

    @task
    def checklist(params):
        from genims.close import period

        return period.as_table(period.require_ready(period.month_of(params["month"])))

    @task
    def pack(params):
        from genims.close import period

        return period.pack(period.month_of(params["month"]))

    chain(
        checklist(),
        PeriodApproval(
            task_id="approval",
            subject="Close of the month {{ params.month or 'before' }}",
            month="{{ params.month or '' }}",
            pool=SOURCES_POOL,
        ),
        pack(),
    )
