"""What persons enter: a form is a DAG's trigger form, the person is whom Airflow signed in, an entry is an event."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from airflow.sdk.types import DagRunProtocol
from MySQLdb.cursors import Cursor, DictCursor

from genims.audit.ledger.pipeline import PIPELINE, pipeline_event, pipeline_ledger
from genims.core.errors import FormRefused

log = logging.getLogger(__name__)

ENTERED = """
SELECT t.*
FROM {table} AS t
JOIN system_audit_log AS s USING (source_database, audit_sequence, audit_timestamp)
WHERE t.source_database = %s AND s.request_id = %s
"""

NEXT_NUMBER = "SELECT COUNT(DISTINCT {column}) + 1 AS number FROM {table} WHERE {column} LIKE %s"


@dataclass(frozen=True)
class Form:
    """One filled-in form.

    :param person: who signed in to Airflow and filled it in; the form itself has no field for that.
    :param run: the DAG's run, which is what tells one entry from another however often its task runs.
    :param fields: what was filled in, as the DAG's params have validated it.
    """

    person: str
    run: str
    fields: dict[str, Any]

    @classmethod
    def of_run(cls, dag_run: DagRunProtocol, params: dict[str, Any]) -> Form:
        """The form that a run of its DAG stands for.

        :raises FormRefused: no person has triggered the run.
        """
        if not dag_run.triggering_user_name:
            raise FormRefused(
                f"{dag_run.dag_id}: expected a run that a signed-in person has triggered, found {dag_run.run_id}, "
                "which nobody has. Fill in the form under Trigger."
            )
        return cls(dag_run.triggering_user_name, f"{dag_run.dag_id}/{dag_run.run_id}", dict(params))

    def enter(self, table: str, given: dict[str, Any], decide: Callable[[Cursor], dict[str, Any]]) -> dict[str, Any]:
        """Add the row that the form asks for, unless a try before has; returns it.

        :param table: the chained table.
        :param given: what the form alone says of the row, by column.
        :param decide: reads what is on record, refuses or returns the row's other columns; nothing is added to the
            table between its reading and the row.
        :raises FormRefused: by ``decide``, or the run has entered something else before.
        """
        with pipeline_ledger() as ledger, ledger.connection.cursor(DictCursor) as cursor:
            cursor.execute(ENTERED.format(table=table), (PIPELINE, self.run))
            before = cursor.fetchone()
            if before:
                self._check_same(given, before)
                log.info("Entered already: a try before this one did it.")
                return before
            row = given | decide(cursor)
            reason = row["reason"]
            event = pipeline_event(table, row, self.person, app_user=self.person, request_id=self.run, reason=reason)
            ledger.append([event], seal=True)
        return row

    def _check_same(self, given: dict[str, Any], before: dict[str, Any]) -> None:
        if differing := [name for name, value in given.items() if before[name] != value]:
            raise FormRefused(
                f"{self.run} has entered something else already, with other values of {', '.join(differing)}: a run "
                "of the same id was deleted. Trigger the form again, under another run id."
            )


def next_number(cursor: Cursor, table: str, column: str, prefix: str) -> str:
    """The next free number of a register, such as LH-2026-0004.

    :param column: where the table has its numbers.
    :param prefix: what it begins with, such as LH-2026-.
    """
    cursor.execute(NEXT_NUMBER.format(table=table, column=column), (f"{prefix}%",))
    return f"{prefix}{cursor.fetchone()['number']:04d}"
