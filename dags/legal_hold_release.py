"""
# legal_hold_release: a form to release a legal hold, for two persons

**When** by hand: once the matter of a hold is closed.
**Reads** the form, the name of the signed-in Airflow user, and `genims_audit_db.legal_hold_tracking`.
**Writes** one row of `legal_hold_tracking`, an event of the chain: `release_requested`, `released` or
`release_declined`.
**Safe to clear** always: a run enters its row once.

The first person chooses *request*. The hold stays in force until **another** person fills in this form for the same
number and chooses *confirm*. After *decline* the hold stays, and its release may be requested again. Both persons are
the signed-in Airflow users of their runs: neither the form nor the API has a field for a name. In Airflow's roles, give
the right to trigger this DAG to the users who may release holds.

**When the task fails** with `FormRefused`, nothing was written: the error says why, for example that the person who
confirms is the one who requested the release. Connection errors are retried; if MySQL stays down, clear the task later.
"""

from airflow.sdk import Param, task

from genims.audit.forms.vocabulary import END, FREE_TEXT, RELEASE_STEPS
from genims.dag_defaults import form_dag

with form_dag(
    "legal_hold_release",
    __doc__,
    params={
        "hold": Param(
            type="string",
            pattern=rf"^LH-[0-9]{{4}}-[0-9]{{4,}}{END}",
            title="Legal hold",
            description="Its number, such as LH-2026-0004",
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
        "reason": Param(**FREE_TEXT, title="Reason", description="Why it may be released, or must stay"),
    },
):

    @task
    def release(dag_run, params):
        from genims.audit.forms import holds
        from genims.audit.forms.form import Form

        return holds.release(Form.of_run(dag_run, params))

    release()
