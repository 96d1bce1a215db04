"""The stream: what was captured in the sources, written to the audit tables in order, each event once.

A thread for each source reads. What they have ready is written together, in one transaction with the places up to which
the sources are read. Wherever it is killed, the next run goes on from there.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from contextlib import ExitStack, closing
from threading import Event, Thread

from MySQLdb import MySQLError

from genims.audit.capture.routing import routing
from genims.audit.format.chained_tables import chained_tables
from genims.audit.stream.live_view import SourceView
from genims.audit.stream.writer import Writer
from genims.core import connections
from genims.core.errors import Fenced
from genims.hooks.mysql import GenimsMySqlHook

log = logging.getLogger(__name__)

# One is enough while there is little to write; what is much is shared between them.
SESSIONS = 2
RETRY_SECONDS = (0.2, 0.5, 1, 2, 5)
END_SECONDS = 2
SHORTENED = 200


class AuditStream(Thread):
    """Streams some source databases until stopped; a server that is lost is waited for.

    :param sources: their short names.
    :ivar turn: set once it streams; until then another one streams the same sources, and this one waits, signed in.
    :ivar failure: why it ended by itself, which only an error in this package brings about.
    """

    def __init__(self, sources: Sequence[str]):
        super().__init__(name="audit-writer", daemon=True)
        self.views = {source: SourceView(source) for source in sources}
        self.turn = Event()
        self.failure: Exception | None = None
        self._sources = {source: connections.connection(connections.source_id(source)) for source in sources}
        self._stopping = Event()
        # Read once, before each source's thread would do it.
        chained_tables()
        routing()

    def stop(self) -> None:
        """End after the batches that are being written; returns when it has ended, or END_SECONDS later."""
        self._stopping.set()
        self.join(END_SECONDS)

    def run(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            began = time.monotonic()
            try:
                with ExitStack() as stack:
                    sessions = [
                        stack.enter_context(closing(GenimsMySqlHook(connections.AUDIT).get_conn()))
                        for _ in range(SESSIONS)
                    ]
                    Writer(sessions, self.views, self._sources, self.turn, self._stopping).write()
            except (MySQLError, Fenced) as lost:
                failures = 0 if time.monotonic() - began > max(RETRY_SECONDS) else failures + 1
                pause = RETRY_SECONDS[min(failures, len(RETRY_SECONDS) - 1)]
                log.warning("MySQL is lost, trying again in %s s: %s", pause, lost)
                for view in self.views.values():
                    view.state = f"no MySQL: {lost}"[:SHORTENED]
                self._stopping.wait(pause)
            except Exception as error:  # nobody sees what a thread raises: the task raises it
                self.failure = error
                return
