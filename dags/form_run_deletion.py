"""
# form_run_deletion: a form to agree that the run of another form is deleted from Airflow, for two persons

**When** by hand: before somebody deletes the run of an audit form, because it holds what must not stay in Airflow.
**Reads** the form, and the name of the signed-in Airflow user.
**Writes** one row of `genims_audit_db.approval_audit_log`, an event of the chain: `requested`, `confirmed` or
`declined`.
**Safe to clear** always: a run enters its row once.

The first person chooses *request*, **another** one *confirm*; then the run is deleted in Airflow. `audit_logs` finds
every run of a form that is gone, within the hour, and puts it on record in `security_events` (`form_run_deleted`):
*critical*, or *info* with the names of the two who agreed. The rows that the run has entered stay in any case.

**When the task fails** with `FormRefused`, nothing was written: the error says why. Connection errors are retried.
"""

from airflow.sdk import Param, task

from genims.audit.forms.vocabulary import END, FREE_TEXT, UNSEEN
from genims.dag_defaults import decision_param, form_dag

with form_dag(
    "form_run_deletion",
    __doc__,
    params={
        "run": Param(
            type="string",
            maxLength=255,
            pattern=rf"^[a-z_]+/[^\s{UNSEEN}]+{END}",
            title="Run",
            description="DAG and run, such as legal_hold/manual__2026-03-01T10:00:00+00:00",
        ),
        "decision": decision_param(
            request="this run is to be deleted",
            confirm="another has asked, I agree, and it may be deleted",
            decline="another has asked, and it stays",
        ),
        "reason": Param(**FREE_TEXT, title="Reason", description="Why the run must not stay"),
    },
):

    @task
    def decide(dag_run, params):
        from genims.audit.drift.form_runs import DELETED
        from genims.audit.forms import two_persons
        from genims.audit.forms.form import Form

        return two_persons.decide(Form.of_run(dag_run, params), DELETED, params["run"], {})

    decide()
