"""
# legal_hold_release: a form to release a legal hold, for two persons

- **When** by hand: once the matter of a hold is closed.
- **Reads** the form, the name of the signed-in Airflow user, and `genims_audit_db.legal_hold_tracking`.
- **Writes** one row of `legal_hold_tracking`, an event of the chain: `release_requested`, `released` or
  `release_declined`.
- **Safe to clear** always: a run enters its row once.

The first person chooses *request*. The hold stays in force until **another** person fills in this form for the same
number and chooses *confirm*. After *decline* the hold stays, and its release may be requested again. Both persons are
the signed-in Airflow users of their runs: neither the form nor the API has a field for a name. In Airflow's roles, give
the right to trigger this DAG to the users who may release holds.

**A form that is refused** ends green: `release` is skipped, and the log of `refused` says why, for example that the
person who confirms is the one who requested the release. Nothing was written but that, in `approval_audit_log`. Trigger
it again.

**When the task fails**: connection errors are retried; if MySQL stays down, clear the task later.
"""

from airflow.sdk import Param, task

from genims.audit.forms.fields import END, reason, written
from genims.audit.forms.vocabulary import RELEASE_STEPS
from genims.form_dag import form_dag, refusable, refused

with form_dag(
    "legal_hold_release",
    __doc__,
    params={
        "hold": written(
            "Legal hold",
            "Which one",
            "its number, such as LH-2026-0004",
            pattern=rf"^LH-[0-9]{{4}}-[0-9]{{4,}}{END}",
        ),
        "decision": Param(
            type="string",
            enum=list(RELEASE_STEPS),
            values_display={
                "request": "request: I ask for its release",
                "confirm": "confirm: another has asked, I agree, and it is released",
                "decline": "decline: another has asked, and it stays in force",
            },
            title="Decision",
            description="Request and confirm take two persons",
        ),
        "reason": reason("Reason", "Why it may be released, or must stay"),
    },
):

    @task
    @refusable
    def release(dag_run, params):
        from genims.audit.forms import holds
        from genims.audit.forms.form import Form

        return holds.release(Form.of_run(dag_run, params))

    release() >> refused()
