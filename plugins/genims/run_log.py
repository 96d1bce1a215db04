"""The run log: one row of ``audit_etl_sync_log`` for every attempt to load a table."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from time import perf_counter

from MySQLdb import MySQLError

from genims import connections
from genims.hooks.mysql import GenimsMySqlHook

log = logging.getLogger(__name__)

ERROR_LENGTH = 4000


@dataclass
class SyncAttempt:
    """What one attempt to load a table did.

    :param window_start: first business day recomputed.
    :param window_end: last business day recomputed, inclusive.
    :param started_at: UTC, without time zone.
    :param rows_read: rows that the query returned.
    :param rows_loaded: rows published.
    :param rows_rejected: rows that did not fit the table.
    :param seconds: how long the attempt took.
    """

    dag_id: str
    run_id: str
    table_name: str
    try_number: int
    window_start: date
    window_end: date
    started_at: datetime
    rows_read: int = 0
    rows_loaded: int = 0
    rows_rejected: int = 0
    seconds: float = 0.0
    status: str = "success"
    error: str | None = None

    @contextmanager
    def recorded(self) -> Iterator[None]:
        """Time what happens inside and write it to the run log, whether it succeeds or fails."""
        began = perf_counter()
        try:
            yield
        except BaseException as error:  # also a timeout and a task marked failed, which are no Exception
            self.seconds = perf_counter() - began
            self.status = "failed"
            self.error = f"{type(error).__name__}: {error}"[:ERROR_LENGTH]
            self.rows_rejected = getattr(error, "rejected", 0)
            self._write_beside(error)
            raise
        self.seconds = perf_counter() - began
        self._write()

    def _write_beside(self, error: BaseException) -> None:
        """Write without hiding the error that is on its way: where MySQL is down, that is often the same cause."""
        try:
            self._write()
        except MySQLError as unwritten:
            log.warning("This attempt is missing from audit_etl_sync_log: %s. It failed with: %s", unwritten, error)

    def _write(self) -> None:
        values = asdict(self) | {"audit_timestamp": datetime.now(UTC).replace(tzinfo=None)}
        names = ", ".join(values)
        marks = ", ".join(f"%({name})s" for name in values)
        with closing(GenimsMySqlHook(connections.AUDIT).get_conn()) as connection, connection.cursor() as cursor:
            cursor.execute(f"INSERT INTO audit_etl_sync_log ({names}) VALUES ({marks})", values)
            connection.commit()
