"""Renders the statements of a comparison with the package's own templates, as Airflow does in a task."""

from __future__ import annotations

from genims.engine.table import LoadedTable
from genims.engine.window import Window
from genims.reporting.days import template_variables
from genims.reporting.rendered import TEMPLATES, statements

__all__ = ["TEMPLATES", "reconciliation_sql", "statements"]


def reconciliation_sql(table: LoadedTable, window: Window, **overrides) -> str:
    """The independent query that the totals of ``table`` are compared with; ``overrides`` replace its variables."""
    return TEMPLATES.get_template(f"reconcile/{table.name}.sql").render(template_variables(table, window) | overrides)
