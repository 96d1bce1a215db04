"""The stream: what was captured in the sources, written to the audit tables in order, each event once.

A thread for each source reads. Their events are written together, in one transaction with the positions up to which
the sources are read. Wherever a run is killed, the next one goes on from the last commit.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from contextlib import ExitStack, closing
from datetime import datetime, timedelta
from threading import Event, Thread

from MySQLdb import MySQLError

from genims.audit.capture.routing import routing
from genims.audit.format.chained_tables import chained_tables
from genims.audit.ledger.pipeline import append_rows
from genims.audit.stream.incidents import OURSELVES, SECURITY
from genims.audit.stream.live_view import SourceView
from genims.audit.stream.outages import promised
from genims.audit.stream.writer import Writer
from genims.core import connections
from genims.core.clock import utc_now
from genims.core.errors import Fenced, SourceBusy
from genims.core.settings import settings
from genims.hooks.mysql import GenimsMySqlHook

log = logging.getLogger(__name__)

# Sessions of MySQL: one is enough while there is little to write, much is shared between two. The third is the ward's.
SESSIONS = 3
RETRY_SECONDS = (0.2, 0.5, 1, 2, 5, 10, 30, 60)
# A writer that has worked for this long has found MySQL in order.
SOUND_SECONDS = 10
END_SECONDS = 2
SHORTENED = 200


class AuditStream(Thread):
    """Streams some source databases until stopped; it waits for servers that are lost.

    :param sources: their short names.
    :ivar views: the figures of each source, by short name.
    :ivar turn: set once it streams. Until then another stream has the same sources, and this one waits, signed in.
    :ivar failure: why it ended by itself, which means an error in this package.
    """

    def __init__(self, sources: Sequence[str]):
        super().__init__(name="audit-writer", daemon=True)
        self.views = {source: SourceView(source) for source in sources}
        self.turn = Event()
        self.failure: Exception | None = None
        self._sources = {source: connections.connection(connections.source_id(source)) for source in sources}
        self._stopping = Event()
        # Read here once, before each source's thread would do so.
        chained_tables()
        routing()

    def stop(self) -> None:
        """End after the batches that are being written; return when it has ended, or after END_SECONDS."""
        self._stopping.set()
        self.join(END_SECONDS)

    def run(self) -> None:
        """Write until stopped, over any number of connections to MySQL."""
        failures = 0
        lost_since: datetime | None = None
        while not self._stopping.is_set():
            began = time.monotonic()
            try:
                with ExitStack() as stack:
                    sessions = [
                        stack.enter_context(closing(GenimsMySqlHook(connections.AUDIT, loads=True).get_conn()))
                        for _ in range(SESSIONS)
                    ]
                    if lost_since:
                        self._mysql_is_back(lost_since)
                        lost_since = None
                    Writer(sessions, self.views, self._sources, self.turn, self._stopping).write()
            except (MySQLError, Fenced) as lost:
                lost_since = lost_since or utc_now()
                failures = 0 if time.monotonic() - began > SOUND_SECONDS else failures + 1
                pause = RETRY_SECONDS[min(failures, len(RETRY_SECONDS) - 1)]
                log.warning("MySQL is lost, trying again in %s s: %s", pause, lost)
                for view in self.views.values():
                    view.state = f"no MySQL: {lost}"[:SHORTENED]
                    view.counted(None)
                self._stopping.wait(pause)
            except Exception as error:  # the task raises it: an error in a thread would go unseen
                self.failure = error
                return

    def _mysql_is_back(self, lost_since: datetime) -> None:
        """Put an outage of MySQL on record that was longer than promised; the stream that waits for its turn does not.

        :param lost_since: UTC, without time zone.
        """
        duration = utc_now() - lost_since
        if duration >= promised() and self.turn.is_set():
            Thread(target=_put_on_record, args=(lost_since, duration), name="audit-mysql-lost", daemon=True).start()


def _put_on_record(lost_since: datetime, duration: timedelta) -> None:
    """In a thread of its own: the ledger of the pipeline may be busy, and the stream must not wait for it."""
    lasted = timedelta(seconds=round(duration.total_seconds()))
    detail = f"MySQL was lost from {lost_since:%Y-%m-%d %H:%M:%S} UTC on, for {lasted}"
    log.error("%s. It is on record in security_events.", detail)
    row = {"event_type": "mysql_lost", "severity": "critical", "object_name": settings().mysql_audit_db}
    try:
        append_rows(SECURITY, [row | {"detail": detail}], user=OURSELVES)
    except (MySQLError, SourceBusy) as error:
        log.error("This could not be put on record: %s", error)
