"""How the pipeline's own tasks write to the audit tables: backups, reports, controls, holds, requests."""

from __future__ import annotations

from contextlib import closing
from typing import Any

from genims import connections
from genims.audit.events import LOG, PIPELINE, AuditEvent
from genims.audit.ledger import Ledger, utc_now
from genims.audit.tables import chained_tables
from genims.hooks.mysql import GenimsMySqlHook


def record(table: str, rows: list[dict[str, Any]], user: str) -> None:
    """Add rows to a chained table, all or none, each as an event of the source ``pipeline``.

    :param table: the table.
    :param rows: values by column, envelope and hashes left out; a column that is left out is NULL.
    :param user: who did it: a person, or the name of the task.
    :raises ValueError: a column that the table does not have, or a value that it cannot hold as it is.
    :raises LoadError: MySQL would not take a row as it is.
    """
    now = utc_now()
    events = [
        AuditEvent(now, LOG, table, session_user_name=user, rows=[(table, *_in_order(table, row))]) for row in rows
    ]
    with closing(GenimsMySqlHook(connections.AUDIT).get_conn()) as connection:
        Ledger.open(connection, PIPELINE).append(events, seal=True)


def _in_order(table: str, row: dict[str, Any]) -> list[Any]:
    columns = chained_tables()[table].own_columns
    if unknown := row.keys() - set(columns):
        raise ValueError(f"{table} has no column {', '.join(sorted(unknown))}; it has {', '.join(columns)}")
    return [row.get(name) for name in columns]
