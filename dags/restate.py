"""
# restate: a form to restate closed days, for two persons

- **When** by hand.
- **Reads** the form, the name of the signed-in Airflow user, the PostgreSQL source databases, and the closed figures.
- **Writes** one row of `approval_audit_log`; once another person has confirmed, the seven financial tables and
  `closed_days` of `genims_reporting_db` in one transaction, then rows of `financial_data_changes` (the figures before
  and after, and why) and of `sox_compliance_log` (the sign-off of each day, and *stale_opening* for later days).
- **Safe to clear** always: each run enters one decision, and restates once.

1. One person chooses *request*. The log of `decide` lists every value that would become another one: what the sources
   say now. *Roll forward* takes all later closed days with them, whose openings rest on these; without it, they are
   marked as *stale opening* until a run of this form restates them.
2. **Another** person chooses *confirm*, with the same days. If sources have moved on since then, that is refused:
   decline, and request it again.
3. `restate` writes what was agreed on. The chained rows decide, never the state of a task.

Days up to `GENIMS_CLOSE_HARD_LOCK` are restated by nobody.

**A form that is refused** ends green: `decide` is skipped, and the log of `refused` says why. Nothing was written but
that, in `approval_audit_log`. Trigger it again.

**When the task fails**

- `EvidenceError`: the days were altered in MySQL, see docs/operating.md.
- Connection errors are retried; clearing the task goes on where it stopped.
"""

from airflow.sdk import Param, task

from genims.audit.forms.fields import reason
from genims.dag_defaults import DATE_OR_NONE, SOURCES_POOL
from genims.form_dag import decision_param, form_dag, refusable, refused

DATE = DATE_OR_NONE | {"type": "string"}

with form_dag(
    "restate",
    __doc__,
    params={
        "first_day": Param(**DATE, title="First day", description="A closed day"),
        "last_day": Param(None, **DATE_OR_NONE, title="Last day", description="Included; empty: the first day alone"),
        "roll_forward": Param(
            True, type="boolean", title="Roll forward", description="Restate all later closed days as well"
        ),
        "decision": decision_param(
            request="I ask that these days become what the sources say now",
            confirm="another has asked, I agree, and they are restated",
            decline="another has asked, and they stay as they were closed",
        ),
        "reason": reason("Reason", "Why the closed figures are wrong"),
    },
):

    @task.short_circuit(pool=SOURCES_POOL)
    @refusable
    def decide(dag_run, params):
        from genims.audit.forms.form import Form
        from genims.close import restating

        return restating.decide(Form.of_run(dag_run, params)) == "confirmed"

    @task(pool=SOURCES_POOL)
    @refusable
    def restate(dag_run, params):
        from genims.audit.forms.form import Form
        from genims.close import restating

        restating.carry_out(Form.of_run(dag_run, params))

    decided = decide()
    decided >> restate()
    decided >> refused()
