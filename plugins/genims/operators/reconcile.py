"""The task that compares a reporting table with its sources."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import ClassVar

from airflow.sdk import BaseOperator

from genims.engine.table import LoadedTable
from genims.engine.tries import earlier_tries
from genims.reporting.days import kept_window, template_variables, window_of


class ReconcileOperator(BaseOperator):
    """Compare the totals of every business day that is kept with those that the source server computes.

    It only reads, so it is safe to clear at any time. Every attempt leaves a row in ``audit_etl_sync_log``.

    :param table: the table to compare.
    :param sql: the independent query over one source, found by the name of the table. (templated)
    :param digest_sql: the statement that computes the digests of all periods in MySQL. (templated)
    :param table_sql: the table's own query, which names altered columns. (templated)
    """

    template_fields = ("sql", "digest_sql", "table_sql")
    template_ext = (".sql",)
    template_fields_renderers: ClassVar = {"sql": "sql", "digest_sql": "mysql", "table_sql": "sql"}
    ui_color = "#dae8fc"

    def __init__(self, *, table: LoadedTable, **kwargs):
        super().__init__(task_id=table.name, **kwargs)
        self.table = table
        self.sql = f"reconcile/{table.name}.sql"
        self.digest_sql = "load/digest.sql"
        self.table_sql = f"reporting/{table.name}.sql"

    def render_template_fields(self, context, jinja_env=None) -> None:
        self.now = datetime.now(UTC)
        self.window = window_of(self.table, run_end=self.now, now=self.now, rebuild=True)
        variables = template_variables(self.table, self.window)
        variables["digested"] = kept_window(self.table, self.window.today)
        super().render_template_fields({**context, **variables}, jinja_env)

    def execute(self, context) -> None:
        # Imported here, because the drivers would slow down every parse of the DAG file.
        from genims.engine.run_log import SyncAttempt
        from genims.reporting.reconciliation import Statements, reconcile

        attempt = SyncAttempt.of_task(self, context, "reconcile", self.window)
        with attempt.recorded():
            attempt.record_killed(earlier_tries(context))
            statements = Statements(self.sql, self.digest_sql, self.table_sql)
            reconcile(self.table, self.window, statements, self.now, attempt)
        self.log.info("Compared %s with its sources in %.3f s.", self.table.name, attempt.seconds)
