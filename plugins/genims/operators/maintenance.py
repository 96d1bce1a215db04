"""A step of ``mysql_maintenance``; the log and an XCom show what its statements found or did."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import ClassVar

from airflow.sdk import BaseOperator

from genims.core.clock import business_day
from genims.core.settings import settings
from genims.engine.window import Window
from genims.reporting.days import kept_from
from genims.reporting.tables import reporting_tables

FIRST_DAY = date(1000, 1, 1)


class MaintenanceOperator(BaseOperator):
    """Run ``include/sql/maintenance/<task_id>.sql`` on the reporting server.

    :param work: runs the rendered statements and returns what they found or did, as a list of JSON objects.
    :param sql: the statements. (templated)
    """

    template_fields = ("sql",)
    template_ext = (".sql",)
    template_fields_renderers: ClassVar = {"sql": "mysql"}

    def __init__(self, *, work: Callable[[str], list[dict]], **kwargs):
        super().__init__(**kwargs)
        self.work = work
        self.sql = f"maintenance/{self.task_id}.sql"

    def render_template_fields(self, context, jinja_env=None) -> None:
        super().render_template_fields({**context, **template_variables()}, jinja_env)

    def execute(self, context) -> list[dict]:
        return self.work(self.sql)


def template_variables() -> dict:
    """The variables of the templates in ``include/sql/maintenance``."""
    today = business_day()
    tables = reporting_tables()
    return {
        "settings": settings(),
        "tables": tables,
        # Every run of reporting_sync replaces the other tables whole.
        "dated_tables": [table for table in tables if table.load != "replace"],
        "kept_from": kept_from(today),
        "expired": Window(FIRST_DAY, kept_from(today), today),
    }
