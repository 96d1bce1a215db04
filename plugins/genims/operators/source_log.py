"""The task of a log of the sources: its new and changed entries become audit events."""

from __future__ import annotations

from typing import ClassVar

from airflow.sdk import BaseOperator

from genims.audit.logs.source_log import SourceLog


class SourceLogOperator(BaseOperator):
    """Record the entries of a log of the sources that are new or have changed.

    It is safe to clear at any time: an entry that is on record and unchanged is not recorded again. Nothing is ever
    changed or removed, so an entry that a source deletes stays on record.

    :param source_log: the log.
    :param full: whether to compare all entries, not only those that the sources show as changed.
    :param sql: its query over the sources, found by the name of the log. (templated)
    """

    template_fields = ("sql",)
    template_ext = (".sql",)
    template_fields_renderers: ClassVar = {"sql": "sql"}
    ui_color = "#fff2cc"

    def __init__(self, *, source_log: SourceLog, full: bool = False, **kwargs):
        super().__init__(task_id=source_log.name, **kwargs)
        self.source_log = source_log
        self.full = full
        self.sql = f"audit/logs/{source_log.name}.sql"

    def execute(self, context) -> int:
        # Imported here, because the engine and the drivers would slow down every parse of the DAG file.
        from genims.audit.logs.sync import sync_log

        recorded = sync_log(self.source_log, self.sql, user=self.dag_id, full=self.full)
        self.log.info("Recorded %s entries of %s in %s.", recorded, self.source_log.name, self.source_log.table)
        return recorded
