"""
# capture_change: a form to capture less of a source, or to mask otherwise, for two persons

- **When** by hand: before capture is removed from a source, or when `platform_setup` has refused a list of captured
  tables (`schema/audit_capture.yaml`) that captures less or masks otherwise than the one in force.
- **Reads** the form, the name of the signed-in Airflow user, this release's list, and the list in force, which is in
  `genims_audit_db.approval_audit_log`.
- **Writes** one row of `genims_audit_db.approval_audit_log`, an event of the chain: `requested`, `confirmed` or
  `declined`; after a confirmed removal another one, `carried_out`. A confirmed removal drops the triggers in the
  source, and, once all events are delivered, the schema `genims_audit`; the source's last event names both persons.
- **Safe to clear** always: a run enters its row once, and a confirmation serves once.

1. The first person chooses *request*, **another** one *confirm*. Both are the signed-in Airflow users of their runs. In
   Airflow's roles, give the right to trigger this DAG to those who may confirm.
2. *remove*: the confirming run removes capture. Once `audit_sync` has delivered what is left, clear that run's task: it
   drops the schema. Until `platform_setup` installs capture again, `audit_sync` reports that the source has none.
3. *list*: clear the task `capture` of `platform_setup` after the confirmation.

**A form that is refused** ends green: `change` is skipped, and the log of `refused` says why. Nothing was written but
that, in `approval_audit_log`. Trigger it again.

**When the task fails**

- `EvidenceError`: the row that it would rely on was altered.
- `LockNotAvailable`: a long transaction uses a table; the log names it: clear the task after it.
- Connection errors are retried.
"""

from airflow.sdk import Param, task

from genims.audit.forms.fields import reason
from genims.audit.forms.vocabulary import CAPTURE_CHANGES
from genims.core.sources import SOURCES
from genims.dag_defaults import SETUP_ARGS
from genims.form_dag import decision_param, form_dag, refusable, refused

with form_dag(
    "capture_change",
    __doc__,
    params={
        "source": Param(type="string", enum=list(SOURCES), title="Source", description="The source database"),
        "change": Param(
            type="string",
            enum=list(CAPTURE_CHANGES),
            values_display={
                "remove": "remove: nothing of it is captured any more",
                "list": "list: it is captured and masked as this release's list says",
            },
            title="Change",
            description="What is to be done",
        ),
        "decision": decision_param(
            request="I ask for it",
            confirm="another has asked, and I agree",
            decline="another has asked, and it is not done",
        ),
        "reason": reason("Reason", "Why there is to be less evidence, or other masks"),
    },
    default_args=SETUP_ARGS,
):

    @task
    @refusable
    def change(dag_run, params):
        from genims.audit.forms import capture_changes
        from genims.audit.forms.form import Form

        return capture_changes.change(Form.of_run(dag_run, params))

    change() >> refused()
