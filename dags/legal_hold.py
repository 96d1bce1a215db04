"""
# legal_hold: a form to set a legal hold, which keeps audit rows from being archived and destroyed

- **When** by hand: as soon as a lawsuit, an investigation or an authority obliges the company to keep records.
- **Reads** the form, and the name of the signed-in Airflow user, who sets the hold: no form field can name another.
- **Writes** one row `set` in `genims_audit_db.legal_hold_tracking`, an event of the chain. The task's log and its XCom
  `return_value` give its number, such as `LH-2026-0004`.
- **Safe to clear** always: a run enters its row once.

A hold covers the audit rows that match all its fields; an empty field sets no limit. It is in force at once, until two
persons have released it (`legal_hold_release`). To change what it covers, set another hold, then have this one
released. The last row of a hold in `legal_hold_tracking` is its present state.

**A form that is refused** ends green: `place` is skipped, and the log of `refused` says why. Nothing was written but
that, in `approval_audit_log`. Trigger it again.

**When the task fails**: connection errors are retried; if MySQL stays down, clear the task later.
"""

from airflow.sdk import Param, task

from genims.audit.forms.fields import END, line, reason, written
from genims.audit.forms.vocabulary import HELD_DATABASES
from genims.dag_defaults import DATE_OR_NONE
from genims.form_dag import form_dag, refusable, refused

with form_dag(
    "legal_hold",
    __doc__,
    params={
        "matter": line("Matter", "The case that it serves, such as a lawsuit and its number"),
        "custodian": line("Custodian", "Who answers for the hold: a person or a department"),
        "reason": reason("Reason", "Why these rows must be kept"),
        "database": Param(
            None,
            type=["null", "string"],
            enum=[None, *HELD_DATABASES],
            values_display={"null": "all databases", "pipeline": "pipeline: what this platform itself did"},
            title="Held: source database",
            description="Where the rows were changed",
        ),
        "table": written(
            "Held: table",
            "Empty: all tables",
            "its name in the source, such as sales_orders",
            optional=True,
            maxLength=128,
            pattern=rf"^[a-z][a-z0-9_]*{END}",
        ),
        "key": line(
            "Held: primary key",
            "The one row that it covers, such as CUST-000017; empty: all rows",
            least=1,
            most=512,
            optional=True,
        ),
        "from": Param(
            None, **DATE_OR_NONE, title="Held: first day", description="Of the changes (UTC); empty: from the beginning"
        ),
        "to": Param(None, **DATE_OR_NONE, title="Held: last day", description="Included; empty: without end"),
    },
):

    @task
    @refusable
    def place(dag_run, params):
        from genims.audit.forms import holds
        from genims.audit.forms.form import Form

        return holds.place(Form.of_run(dag_run, params))

    place() >> refused()
