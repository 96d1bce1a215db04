"""
# gdpr_request_step: a form to enter the next step of a person's request, up to its answer

- **When** by hand: at each step; the last one is due by the request's `due_on`.
- **Reads** the form, the name of the signed-in Airflow user, `genims_audit_db.gdpr_data_request_log`, and the legal
  holds in force.
- **Writes** one row of `gdpr_data_request_log`, an event of the chain.
- **Safe to clear** always: a run enters its row once.

The steps are *identity_verified*, then *accepted*, then *fulfilled*; *refused* may come before any of them. *extended*
adds two months (GDPR Art. 12(3)), once, while the request is not overdue. *accepted* and *refused* need a legal basis.
While a legal hold covers the data, an erasure can be neither accepted nor fulfilled: refuse it (Art. 17(3)(e)), or have
the hold released first.

**A form that is refused** ends green: `take_step` is skipped, and the log of `refused` says why, for example which
steps may follow, or which hold forbids this one. Nothing was written but that, in `approval_audit_log`. Trigger it
again.

**When the task fails**: connection errors are retried; if MySQL stays down, clear the task later.
"""

from airflow.sdk import Param, task

from genims.audit.forms.fields import END, line, reason, written
from genims.audit.forms.vocabulary import REQUEST_STEPS
from genims.form_dag import form_dag, refusable, refused

with form_dag(
    "gdpr_request_step",
    __doc__,
    params={
        "request": written(
            "Request",
            "Which one",
            "its number, such as DSR-2026-0012",
            pattern=rf"^DSR-[0-9]{{4}}-[0-9]{{4,}}{END}",
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
        "legal_basis": line(
            "Legal basis",
            "Of accepted and refused alone: the law that the decision rests on, such as GDPR Art. 17(3)(e)",
            least=5,
            optional=True,
        ),
        "reason": reason("Remarks", "Why, and what was done, without personal data"),
    },
):

    @task
    @refusable
    def take_step(dag_run, params):
        from genims.audit.forms import gdpr
        from genims.audit.forms.form import Form

        return gdpr.take_step(Form.of_run(dag_run, params))

    take_step() >> refused()
