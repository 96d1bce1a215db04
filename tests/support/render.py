"""Renders a load's statements with the package's own templates, as Airflow does in a task."""

from __future__ import annotations

import jinja2

from genims.core.paths import SQL
from genims.engine.load import Statements
from genims.engine.table import LoadedTable
from genims.engine.window import Window
from genims.reporting.days import template_variables

TEMPLATES = jinja2.Environment(loader=jinja2.FileSystemLoader(SQL), undefined=jinja2.StrictUndefined)


def statements(table: LoadedTable, window: Window, rebuild: bool = False, **overrides) -> Statements:
    """The statements of one load of ``table``; ``overrides`` replace template variables."""
    variables = template_variables(table, window, rebuild) | overrides

    def render(template: str) -> str:
        return TEMPLATES.get_template(template).render(variables)

    return Statements(
        sql=TEMPLATES.from_string(table.sql).render(variables),
        checks_sql=render("load/checks.sql"),
        stage=variables["stage"],
        stage_sql=render("load/stage.sql"),
        publish_sql=render("load/publish.sql"),
        digest_sql=render("load/digest.sql"),
        window=window,
        swap=variables["swap"],
    )


def reconciliation_sql(table: LoadedTable, window: Window, **overrides) -> str:
    """The independent query that the totals of ``table`` are compared with; ``overrides`` as above."""
    return TEMPLATES.get_template(f"reconcile/{table.name}.sql").render(template_variables(table, window) | overrides)
