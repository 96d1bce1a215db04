"""A stream in this process, for tests that look at what it delivers."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from dev.stack import StackError
from genims.audit.stream.stream import AuditStream
from genims.core.settings import settings
from tests.support.faults.faults import query, until
from tests.support.source_rows import SourceRows

WAITING = "SELECT count(*) FROM genims_audit.event"


@contextmanager
def streaming(*sources: str) -> Iterator[AuditStream]:
    """Stream the given sources inside."""
    stream = AuditStream(sources)
    stream.start()
    try:
        yield stream
    finally:
        stream.stop()
        assert stream.failure is None


def state(stream: AuditStream, source: str) -> str:
    return stream.views[source].state


def delivered(source_rows: SourceRows, sources: Sequence[str], seconds: float = 30) -> None:
    """Wait until the outboxes are empty.

    :raises StackError: they are not within the given seconds; with the number of events in each.
    """
    waiting: dict[str, int] = {}

    def is_empty() -> bool:
        waiting.update((source, source_rows.connect(source).execute(WAITING).fetchone()[0]) for source in sources)
        return not any(waiting.values())

    try:
        until(is_empty, seconds, "the outboxes to become empty")
    except StackError as error:
        raise StackError(f"{error}; events in them: {waiting}") from None


def last_sequence(source: str) -> int:
    """The last number in the audit trail of a source."""
    rows = query(
        "SELECT COALESCE(MAX(audit_sequence), 0) FROM system_audit_log WHERE source_database = %s",
        (source,),
        database=settings().mysql_audit_db,
    )
    return rows[0][0]


def events_after(source: str, sequence: int) -> list[dict]:
    """What the audit trail of a source says after a number, in order; images as dictionaries."""
    columns = "operation, table_name, row_key, app_user, reason, row_count, before_values, after_values, routed_to"
    rows = query(
        f"SELECT {columns} FROM system_audit_log WHERE source_database = %s AND audit_sequence > %s "
        "ORDER BY audit_sequence",
        (source, sequence),
        database=settings().mysql_audit_db,
    )
    found = [dict(zip(columns.split(", "), row, strict=True)) for row in rows]
    for event in found:
        for image in ("before_values", "after_values"):
            event[image] = json.loads(event[image]) if event[image] else None
    return found


def rows_after(table: str, columns: str, source: str, sequence: int) -> list[tuple]:
    """Rows of an audit table after a number, in order."""
    return query(
        f"SELECT {columns} FROM {table} WHERE source_database = %s AND audit_sequence > %s ORDER BY audit_sequence",
        (source, sequence),
        database=settings().mysql_audit_db,
    )


def seconds_until(reached, limit: float = 30) -> float:
    """How long it takes until ``reached`` returns something true, at most ``limit``."""
    began = time.monotonic()
    until(reached, limit)
    return time.monotonic() - began
