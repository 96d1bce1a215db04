"""The task that compares a reporting table with its sources."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import ClassVar

from airflow.sdk import BaseOperator

from genims.engine.table import LoadedTable
from genims.reporting.days import template_variables, window_of


class ReconcileOperator(BaseOperator):
    """Compare the totals of every business day that is kept with those that the source server computes.

    It only reads, so it is safe to clear at any time. Every attempt leaves a row in ``audit_etl_sync_log``.

    :param table: the table to compare.
    :param sql: the independent query over one source, found by the name of the table. (templated)
    """

    template_fields = ("sql",)
    template_ext = (".sql",)
    template_fields_renderers: ClassVar = {"sql": "sql"}
    ui_color = "#dae8fc"

    def __init__(self, *, table: LoadedTable, **kwargs):
        super().__init__(task_id=table.name, **kwargs)
        self.table = table
        self.sql = f"reconcile/{table.name}.sql"

    def render_template_fields(self, context, jinja_env=None) -> None:
        self.now = datetime.now(UTC)
        self.window = window_of(self.table, run_end=self.now, now=self.now, rebuild=True)
        super().render_template_fields({**context, **template_variables(self.table, self.window)}, jinja_env)

    def execute(self, context) -> None:
        # Imported here, because the drivers would slow down every parse of the DAG file.
        from genims.engine.run_log import SyncAttempt
        from genims.reporting.reconciliation import reconcile

        attempt = SyncAttempt.of_task(self, context, "reconcile", self.window)
        with attempt.recorded():
            reconcile(self.table, self.window, self.sql, self.now, attempt)
        self.log.info("Compared %s with its sources in %.3f s.", self.table.name, attempt.seconds)
