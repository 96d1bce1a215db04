"""
# reporting_load: some reporting tables, or some days of them, loaded at once

- **When** by hand: after a source was repaired, when days have to be recomputed, or when `reporting_sync` asks for it.
- **Reads** the PostgreSQL source databases, in read-only transactions; the slots of the pool `genims_sources` limit how
  many tasks do so at once.
- **Writes** the chosen tables of `genims_reporting_db`, as `reporting_sync` does, and one row per attempt in
  `genims_audit_db.audit_etl_sync_log`.
- **Safe to clear** always: any task, any number of times, also while `reporting_sync` loads the same table: one waits
  for the other.

- *Tables*: one task each; none chosen means all. A table that reads another chosen one is loaded in a later step.
- *From* and *to*: the business days to recompute, both included. Without them, the table's own lookback.
- *Rebuild*: all days that are kept. The new rows take the place of the old ones at once.
- *Accept fewer rows*: why it is right that a table gets far fewer rows than it has. The audit log keeps who said so.

Rows of closed days stay as they are: restate them by the DAG `restate`.

**A form that is refused** ends green: `check_form` is skipped, and the log of `refused` says why. Nothing was loaded.

**When a task fails**, it fails as in `reporting_sync`, whose runbook has the errors.
"""

from airflow.sdk import Param, TaskGroup, TriggerRule, task

from genims.audit.forms.fields import reason
from genims.dag_defaults import DATE_OR_NONE, SOURCES_POOL, TEMPLATES, tables_param
from genims.form_dag import form_dag, refusable, refused
from genims.reporting.tables import in_steps, reporting_tables
from genims.transfers.sources_to_mysql import SourcesToMySqlOperator

TABLES = reporting_tables()

with form_dag(
    "reporting_load",
    __doc__,
    tags=("tier-2", "reporting"),
    template_searchpath=TEMPLATES,
    params={
        "tables": tables_param([table.name for table in TABLES]),
        "from": Param(None, **DATE_OR_NONE, title="From", description="First business day; empty: the usual lookback"),
        "to": Param(None, **DATE_OR_NONE, title="To", description="Last business day; empty: all that follow"),
        "rebuild": Param(False, type="boolean", title="Rebuild", description="Recompute all days that are kept"),
        "accept_fewer_rows": reason(
            "Accept fewer rows",
            "Why it is right that a table gets far fewer rows than it has; empty: it keeps its rows",
            optional=True,
        ),
    },
):

    @task
    @refusable
    def check_form(params: dict) -> list[list[str]]:
        """Refuses days that no run can have; else the chosen tables, step by step."""
        from genims.reporting.choice import chosen_steps

        return chosen_steps(params)

    @task
    def tables(steps: list[list[str]], number: int) -> list[str]:
        """The tables of one step."""
        return steps[number] if number < len(steps) else []

    checked = before = check_form()
    for number, _ in enumerate(in_steps(TABLES)):
        with TaskGroup(f"step_{number + 1}"):
            load = SourcesToMySqlOperator.partial(
                task_id="load",
                map_index_template="{{ task.table.name }}",
                pool=SOURCES_POOL,
                # A step without a table is skipped, and the next one goes on; a form that was refused skips them all.
                trigger_rule=TriggerRule.NONE_FAILED_MIN_ONE_SUCCESS,
            ).expand(table=tables(checked, number))
        before >> load
        before = load
    checked >> refused()
