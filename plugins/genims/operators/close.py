"""The tasks of the financial close: each calls one function of ``genims.close.steps`` for the day of its run."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from airflow.sdk import BaseOperator, TaskGroup

from genims.dag_defaults import SOURCES_POOL
from genims.reporting.tables import reporting_tables


class CloseStep(BaseOperator):
    """A step of the close; what it returns, a table or a number, is its XCom. Safe to clear at any time.

    :param day: the business day, as text. (templated)
    :param step: a function of ``genims.close.steps``, which takes the day and the context; the task_id by default.
    :param arguments: what it takes besides, such as the name of a table.
    """

    template_fields: ClassVar = ("day",)
    ui_color = "#fff2cc"

    def __init__(self, *, day: str, step: str | None = None, arguments: tuple[str, ...] = (), **kwargs):
        super().__init__(**kwargs)
        self.day = day
        self.step = step or self.task_id
        self.arguments = arguments

    def execute(self, context) -> object:
        # Imported here, because the engine and the drivers would slow down every parse of the DAG file.
        from genims.close import steps

        return getattr(steps, self.step)(date.fromisoformat(self.day), context, *self.arguments)


def publish_tasks(day: str) -> TaskGroup:
    """Add the loads of the tables that close to the DAG whose ``with`` block calls this, each after those it reads.

    :param day: the business day, as the template of a text.
    """
    tables = {table.name: table for table in reporting_tables() if table.closes}
    with TaskGroup("publish", prefix_group_id=True) as group:
        tasks = {
            name: CloseStep(
                task_id=name, step="publish", day=day, arguments=(name,), pool=SOURCES_POOL, doc_md=table.description
            )
            for name, table in tables.items()
        }
        for name, table in tables.items():
            tasks[name].set_upstream([tasks[other] for other in table.after if other in tasks])
    return group
