"""The one door through which the pipeline's own tasks write audit rows: backups, reports, controls, holds, requests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

from genims.audit.format.encoded_event import encode
from genims.audit.format.event import LOG, PIPELINE, AuditEvent
from genims.audit.ledger.ledger import Ledger
from genims.core import connections
from genims.core.clock import utc_now
from genims.hooks.mysql import GenimsMySqlHook


def append_rows(table: str, rows: list[dict[str, Any]], user: str) -> None:
    """Add rows to a chained table, all or none, each as an event of the ledger ``pipeline``.

    :param table: the table.
    :param rows: values by column, envelope and hashes left out; a column that is left out is NULL.
    :param user: who did it: a person, or the name of the task.
    :raises ValueError: a column that the table does not have, or a value that its column cannot hold unchanged.
    :raises SourceBusy: another task has kept the ledger of ``pipeline`` for too long.
    :raises LoadError: MySQL would have changed or refused a row.
    """
    encoded = [encode(pipeline_event(table, row, user)) for row in rows]
    with pipeline_ledger() as ledger:
        ledger.append_encoded(encoded, seal=True)


@contextmanager
def pipeline_ledger() -> Iterator[Ledger]:
    """The ledger of ``pipeline``. Nobody else writes to it inside, so what is read there still holds at the append.

    :raises SourceBusy: another task has kept it for too long.
    """
    with closing(GenimsMySqlHook(connections.AUDIT, loads=True).get_conn()) as connection:
        yield Ledger.open(connection, PIPELINE)


def pipeline_event(table: str, row: dict[str, Any], user: str, **details: str | None) -> AuditEvent:
    """The event that adds one row to a chained table.

    :param table: the table.
    :param row: values by column, as for ``append_rows``.
    :param user: who did it: a person, or the name of the task.
    :param details: further values of the event, by their names in AuditEvent.
    """
    return AuditEvent(utc_now(), LOG, table, session_user_name=user, rows=[(table, row)], **details)
