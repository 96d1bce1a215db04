"""Trigger forms of DAGs that persons fill in: the signed-in Airflow user is the author, each run enters one row."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from airflow.sdk.types import DagRunProtocol
from MySQLdb.cursors import Cursor, DictCursor

from genims.audit.forms.fields import UNSEEN
from genims.audit.ledger.pipeline import PIPELINE, pipeline_event, pipeline_ledger
from genims.core import connections
from genims.core.errors import FormRefused
from genims.hooks.mysql import GenimsMySqlHook

log = logging.getLogger(__name__)

ENTERED = """
SELECT t.*
FROM {table} AS t
JOIN system_audit_log AS s USING (source_database, audit_sequence, audit_timestamp)
WHERE t.source_database = %s AND s.request_id = %s
"""

NEXT_NUMBER = "SELECT COUNT(DISTINCT {column}) + 1 AS number FROM {table} WHERE {column} LIKE %s"


# What the columns for a person and for a request hold.
NAME_CHARACTERS = 255
NAME = re.compile(rf"[^{UNSEEN}\t\r\n]{{1,{NAME_CHARACTERS}}}")


@dataclass(frozen=True)
class Form:
    """One filled-in form.

    :param person: the signed-in Airflow user who filled it in; the form itself has no field for the name.
    :param run: ``<dag_id>/<run_id>``, which identifies the form however often its task runs.
    :param fields: the values filled in, by the names of the DAG's params, which have validated them.
    """

    person: str
    run: str
    fields: dict[str, Any]

    @classmethod
    def of_run(cls, dag_run: DagRunProtocol, params: dict[str, Any]) -> Form:
        """The form behind a run of its DAG.

        :param dag_run: the run, from the task's context.
        :param params: its params, from the task's context.
        :raises FormRefused: no person has triggered the run, or a name is too long or has characters that nobody sees.
        """
        if not dag_run.triggering_user_name:
            raise FormRefused(
                f"{dag_run.dag_id}: expected a run that a signed-in person has triggered, found {dag_run.run_id}, "
                "which nobody has. Fill in the form under Trigger."
            )
        run = f"{dag_run.dag_id}/{dag_run.run_id}"
        for what, name in (("the name of a person", dag_run.triggering_user_name), ("the id of a run", run)):
            if not NAME.fullmatch(name):
                raise FormRefused(
                    f"{dag_run.dag_id}: expected as {what} at most {NAME_CHARACTERS} characters, all of them seen, "
                    f"found {len(name)}: {name!a:.80}. Nothing was written: trigger it again, under another run id."
                )
        return cls(dag_run.triggering_user_name, run, dict(params))

    def enter(self, table: str, given: dict[str, Any], decide: Callable[[Cursor], dict[str, Any]]) -> dict[str, Any]:
        """Add the row that the form asks for, unless an earlier try of the same run has done so.

        :param table: the chained table.
        :param given: values by column that come from the form alone.
        :param decide: gets a cursor that returns rows as dictionaries, and returns the values of the row's other
            columns or raises FormRefused. The ledger is held meanwhile, so what it reads still holds when the row is
            added.
        :returns: the row, values by column.
        :raises FormRefused: ``decide`` refused, or the same run has entered other values before.
        :raises SourceBusy: another task has kept the ledger of the pipeline for too long.
        """
        with pipeline_ledger() as ledger, ledger.connection.cursor(DictCursor) as cursor:
            if before := self._entered(cursor, table):
                self._refuse_other_values(given, before)
                log.info("Entered already by an earlier try of this run.")
                return before
            row = given | decide(cursor)
            reason = self.fields["reason"]
            event = pipeline_event(table, row, self.person, app_user=self.person, request_id=self.run, reason=reason)
            ledger.append([event], seal=True)
        return row

    def entered(self, table: str) -> dict[str, Any] | None:
        """The row that an earlier try of the same run has added, values by column; None before.

        :param table: the chained table.
        """
        with closing(GenimsMySqlHook(connections.AUDIT).get_conn()) as connection:
            return self._entered(connection.cursor(DictCursor), table)

    def _entered(self, cursor: DictCursor, table: str) -> dict[str, Any] | None:
        cursor.execute(ENTERED.format(table=table), (PIPELINE, self.run))
        return cursor.fetchone()

    def _refuse_other_values(self, given: dict[str, Any], before: dict[str, Any]) -> None:
        if differing := [name for name, value in given.items() if before[name] != value]:
            raise FormRefused(
                f"{self.run} has entered something else already, with other values of {', '.join(differing)}: a run "
                "of the same id was deleted. Trigger the form again, under another run id."
            )


def next_number(cursor: Cursor, table: str, column: str, prefix: str) -> str:
    """The next free number of a register, such as LH-2026-0004.

    :param cursor: a cursor that returns rows as dictionaries, while the ledger of the pipeline is held.
    :param table: the register.
    :param column: the column that holds its numbers.
    :param prefix: the part before the counter, such as LH-2026-.
    """
    cursor.execute(NEXT_NUMBER.format(table=table, column=column), (f"{prefix}%",))
    return f"{prefix}{cursor.fetchone()['number']:04d}"
