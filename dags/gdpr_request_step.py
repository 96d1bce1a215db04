"""
# gdpr_request_step: a form to enter what was decided and done about a person's request

**When** by hand: at each step, and at the last one before the day on which the request is due.
**Reads** the form, the signed-in Airflow user, `genims_audit_db.gdpr_data_request_log`, and the legal holds in force.
**Writes** one row there, an event of the chain.
**Safe to clear** always: a run enters its row once.

The steps: *identity_verified*, then *accepted*, then *fulfilled*; or at any time *refused*. *extended* adds two months
(GDPR Art. 12(3)), once, while the request is not overdue. *accepted* and *refused* name their legal basis. An erasure
is neither accepted nor fulfilled while a legal hold covers the data: refuse it (Art. 17(3)(e)), or have the hold
released first.

**When the task fails** with `FormRefused`, nothing was written: the error says which steps may follow, or which hold is
in the way. Other errors are retried; if MySQL is down for long, clear the task later.
"""

from airflow.sdk import Param, task

from genims.audit.forms.vocabulary import FREE_TEXT, REQUEST_STEPS
from genims.dag_defaults import form_dag

with form_dag(
    "gdpr_request_step",
    __doc__,
    params={
        "request": Param(
            type="string",
            pattern=r"^DSR-\d{4}-\d{4,}$",
            title="Request",
            description="Its number, such as DSR-2026-0012",
        ),
        "step": Param(
            type="string",
            enum=list(REQUEST_STEPS),
            values_display={
                "identity_verified": "identity_verified: the person is who they say",
                "extended": "extended: the answer takes two months longer, and the person was told why",
                "accepted": "accepted: it will be done",
                "fulfilled": "fulfilled: it is done, and the person was told",
                "refused": "refused: it will not be done, and the person was told why",
            },
            title="Step",
            description="What has happened",
        ),
        "legal_basis": Param(
            None,
            type=["null", "string"],
            minLength=5,
            maxLength=255,
            title="Legal basis",
            description="Of accepted and refused alone: the law that the decision rests on, such as GDPR Art. 17(3)(e)",
        ),
        "reason": Param(**FREE_TEXT, title="Remarks", description="Why, and what was done, without personal data"),
    },
):

    @task
    def take_step(dag_run, params):
        from genims.audit.forms import gdpr
        from genims.audit.forms.form import Form

        return gdpr.take_step(Form.of_run(dag_run, params))

    take_step()
