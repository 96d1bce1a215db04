"""
# form_run_deletion: a form to agree that the run of another form is deleted from Airflow, for two persons

- **When** by hand: before somebody deletes the run of an audit form, because it holds what must not stay in Airflow.
- **Reads** the form, and the name of the signed-in Airflow user.
- **Writes** one row of `genims_audit_db.approval_audit_log`, an event of the chain: `requested`, `confirmed` or
  `declined`.
- **Safe to clear** always: a run enters its row once.

The first person chooses *request*, **another** one *confirm*; then the run is deleted in Airflow. `audit_logs` finds
every run of a form that is gone, within the hour, and puts it on record in `security_events` (`form_run_deleted`):
*critical*, or *info* with the names of the two who agreed. The rows that the run has entered stay in any case.

**A form that is refused** ends green: `decide` is skipped, and the log of `refused` says why. Nothing was written but
that, in `approval_audit_log`. Trigger it again.

**When the task fails**: connection errors are retried.
"""

from airflow.sdk import task

from genims.audit.forms.fields import END, UNSEEN, reason, written
from genims.form_dag import decision_param, form_dag, refusable, refused

with form_dag(
    "form_run_deletion",
    __doc__,
    params={
        "run": written(
            "Run",
            "The run that is to be deleted",
            "its DAG and its id, such as legal_hold/manual__2026-03-01T10:00:00+00:00",
            maxLength=255,
            pattern=rf"^[a-z_]+/[^\s{UNSEEN}]+{END}",
        ),
        "decision": decision_param(
            request="this run is to be deleted",
            confirm="another has asked, I agree, and it may be deleted",
            decline="another has asked, and it stays",
        ),
        "reason": reason("Reason", "Why the run must not stay"),
    },
):

    @task
    @refusable
    def decide(dag_run, params):
        from genims.audit.drift.form_runs import DELETED
        from genims.audit.forms import two_persons
        from genims.audit.forms.form import Form

        return two_persons.decide(Form.of_run(dag_run, params), DELETED, params["run"], {})

    decide() >> refused()
