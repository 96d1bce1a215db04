"""
# gdpr_request: a form to enter a person's request about their data (GDPR Art. 15 to 21)

- **When** by hand: on the day on which the request arrives, when the time for an answer begins.
- **Reads** the form, the name of the signed-in Airflow user, and the legal holds in force.
- **Writes** one row `received` in `genims_audit_db.gdpr_data_request_log`, an event of the chain. It holds the last day
  for an answer, one month after the request arrived (Art. 12(3)), and whether a legal hold covers the data. The task's
  log and its XCom `return_value` give its number, such as `DSR-2026-0012`.
- **Safe to clear** always: a run enters its row once.

Enter all further steps in `gdpr_request_step`. Identify the person by the key in the source, never by name: the row
stays for seven years.

**A form that is refused** ends green: `receive` is skipped, and the log of `refused` says why. Nothing was written but
that, in `approval_audit_log`. Trigger it again.

**When the task fails**: connection errors are retried; if MySQL stays down, clear the task later. A warning in the log
names legal holds on other rows of the same tables: make sure that those rows are not about this person.
"""

from airflow.sdk import Param, task

from genims.audit.forms.fields import END, UNSEEN, reason, written
from genims.audit.forms.vocabulary import REQUEST_TYPES, SCOPE_PATTERN, SUBJECT_TYPES
from genims.dag_defaults import DATE_OR_NONE
from genims.form_dag import form_dag, refusable, refused

with form_dag(
    "gdpr_request",
    __doc__,
    params={
        "request_type": Param(
            type="string", enum=list(REQUEST_TYPES), title="Request", description="What is asked for"
        ),
        "subject_type": Param(type="string", enum=list(SUBJECT_TYPES), title="Person", description="Whose data it is"),
        "subject": written(
            "Key of the person",
            "The primary key in the source, such as EMP-004711; never the name",
            "1 to 255 characters without a space",
            maxLength=255,
            pattern=rf"^[^\s{UNSEEN}]+{END}",
        ),
        "scope": written(
            "Data",
            "Where it is",
            "a line for each source database, such as hr, or table, such as hr.employees; none twice",
            shown={"type": "array", "items": {"type": "string"}},
            minItems=1,
            uniqueItems=True,
            items={"pattern": SCOPE_PATTERN},
        ),
        "received_on": Param(
            None,
            **DATE_OR_NONE,
            title="Received on",
            description="Day on which the request arrived; empty: today",
        ),
        "reason": reason("Remarks", "How it arrived and what exactly is asked for, without personal data"),
    },
):

    @task
    @refusable
    def receive(dag_run, params):
        from genims.audit.forms import gdpr
        from genims.audit.forms.form import Form

        return gdpr.receive(Form.of_run(dag_run, params))

    receive() >> refused()
