"""
# legal_hold: a form to set a legal hold, which keeps audit rows from being archived and destroyed

**When** by hand: as soon as a lawsuit, an investigation or an authority obliges the company to keep records.
**Reads** the form, and the name of the signed-in Airflow user, who sets the hold: no form field can name another.
**Writes** one row `set` in `genims_audit_db.legal_hold_tracking`, an event of the chain. The task's log and its XCom
`return_value` give its number, such as `LH-2026-0004`.
**Safe to clear** always: a run enters its row once.

A hold covers the audit rows that match all its fields; an empty field sets no limit. It is in force at once, until two
persons have released it (`legal_hold_release`). To change what it covers, set another hold, then have this one
released. The last row of a hold in `legal_hold_tracking` is its present state.

**When the task fails** with `FormRefused`, nothing was written: the error says what to change in the form. Connection
errors are retried; if MySQL stays down, clear the task later.
"""

from airflow.sdk import Param, task

from genims.audit.forms.vocabulary import END, FREE_TEXT, HELD_DATABASES, LINE
from genims.dag_defaults import DATE_OR_NONE, form_dag

NAME = {"type": "string", "minLength": 3, "maxLength": 255, "pattern": LINE}
TABLE = {"type": ["null", "string"], "maxLength": 128, "pattern": rf"^[a-z][a-z0-9_]*{END}"}

with form_dag(
    "legal_hold",
    __doc__,
    params={
        "matter": Param(
            **NAME, title="Matter", description="The case that it serves, such as a lawsuit and its number"
        ),
        "custodian": Param(**NAME, title="Custodian", description="Who answers for the hold: a person or a department"),
        "reason": Param(**FREE_TEXT, title="Reason", description="Why these rows must be kept"),
        "database": Param(
            None,
            type=["null", "string"],
            enum=[None, *HELD_DATABASES],
            values_display={"null": "all databases", "pipeline": "pipeline: what this platform itself did"},
            title="Held: source database",
            description="Where the rows were changed",
        ),
        "table": Param(None, **TABLE, title="Held: table", description="By its name in the source; empty: all tables"),
        "key": Param(
            None,
            type=["null", "string"],
            maxLength=512,
            pattern=LINE,
            title="Held: primary key",
            description="The one row that it covers, such as CUST-000017; empty: all rows",
        ),
        "from": Param(
            None, **DATE_OR_NONE, title="Held: first day", description="Of the changes (UTC); empty: from the beginning"
        ),
        "to": Param(None, **DATE_OR_NONE, title="Held: last day", description="Included; empty: without end"),
    },
):

    @task
    def place(dag_run, params):
        from genims.audit.forms import holds
        from genims.audit.forms.form import Form

        return holds.place(Form.of_run(dag_run, params))

    place()
