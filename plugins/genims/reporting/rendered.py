"""The statements of a load, rendered outside of the task that Airflow renders."""

from __future__ import annotations

import jinja2

from genims.core.paths import SQL
from genims.engine.load import Statements
from genims.engine.table import LoadedTable
from genims.engine.window import Window
from genims.reporting.days import template_variables

TEMPLATES = jinja2.Environment(loader=jinja2.FileSystemLoader(SQL), undefined=jinja2.StrictUndefined)  # noqa: S701


def statements(table: LoadedTable, window: Window, rebuild: bool = False, **overrides) -> Statements:
    """The statements of one load.

    :param table: the table to load.
    :param window: the business days of the load.
    :param rebuild: whether it recomputes all days that are kept.
    :param overrides: other values of template variables.
    """
    variables = template_variables(table, window, rebuild) | overrides

    def render(template: str) -> str:
        return TEMPLATES.get_template(template).render(variables)

    return Statements(
        sql=TEMPLATES.from_string(table.sql).render(variables),
        checks_sql=render("load/checks.sql"),
        stage=variables["stage"],
        stage_sql=render("load/stage.sql"),
        keep_closed_sql=render("load/keep_closed.sql"),
        publish_sql=render("load/publish.sql"),
        digest_sql=render("load/digest.sql"),
        window=window,
        swap=variables["swap"],
    )
