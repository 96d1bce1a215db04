"""How the pipeline's own tasks write to the audit tables: backups, reports, controls, holds, requests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

from genims.audit.format.chained_tables import chained_tables
from genims.audit.format.event import LOG, PIPELINE, AuditEvent
from genims.audit.ledger.ledger import Ledger
from genims.core import connections
from genims.core.clock import utc_now
from genims.hooks.mysql import GenimsMySqlHook


def append_rows(table: str, rows: list[dict[str, Any]], user: str) -> None:
    """Add rows to a chained table, all or none, each as an event of the source ``pipeline``.

    :param table: the table.
    :param rows: values by column, envelope and hashes left out; a column that is left out is NULL.
    :param user: who did it: a person, or the name of the task.
    :raises ValueError: a column that the table does not have, or a value that it cannot hold as it is.
    :raises LoadError: MySQL would not take a row as it is.
    """
    events = [pipeline_event(table, row, user) for row in rows]
    with pipeline_ledger() as ledger:
        ledger.append(events, seal=True)


@contextmanager
def pipeline_ledger() -> Iterator[Ledger]:
    """The ledger of ``pipeline``. Inside nobody else adds to it, so what is read there still holds when it is written.

    :raises SourceBusy: another task has kept it for too long.
    """
    with closing(GenimsMySqlHook(connections.AUDIT).get_conn()) as connection:
        yield Ledger.open(connection, PIPELINE)


def pipeline_event(table: str, row: dict[str, Any], user: str, **details: str | None) -> AuditEvent:
    """The event that adds one row to a chained table.

    :param row: values by column, as for ``record``.
    :param user: who did it.
    :param details: further values of the event, by their names in AuditEvent.
    :raises ValueError: a column that the table does not have.
    """
    rows = [(table, *_in_order(table, row))]
    return AuditEvent(utc_now(), LOG, table, session_user_name=user, rows=rows, **details)


def _in_order(table: str, row: dict[str, Any]) -> list[Any]:
    columns = chained_tables()[table].own_columns
    if unknown := row.keys() - set(columns):
        raise ValueError(f"{table} has no column {', '.join(sorted(unknown))}; it has {', '.join(columns)}")
    return [row.get(name) for name in columns]
