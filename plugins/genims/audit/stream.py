"""The stream: what was captured in the sources, written to the audit tables in order, each event once.

A thread for each source reads. Sessions of MySQL share the sources: each writes what its own have ready, all together,
in one transaction with the places up to which they are read. Wherever it is killed, the next run goes on from there.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from contextlib import closing
from threading import Event, Thread

from MySQLdb import MySQLError

from genims import connections
from genims.audit.live_view import SourceView
from genims.audit.routing import routing
from genims.audit.tables import chained_tables
from genims.audit.writer import Writer
from genims.errors import Fenced
from genims.hooks.mysql import GenimsMySqlHook

log = logging.getLogger(__name__)

# A backlog drains a fifth faster by two than by one.
SESSIONS = 2
RETRY_SECONDS = (0.2, 0.5, 1, 2, 5)
END_SECONDS = 2
SHORTENED = 200


class AuditStream:
    """Streams some source databases until stopped; a server that is lost is waited for.

    :param sources: their short names.
    :ivar turn: set once it streams; until then another one streams the same sources, and this one waits, signed in.
    """

    def __init__(self, sources: Sequence[str]):
        self.views = {source: SourceView(source) for source in sources}
        self.turn = Event()
        self._stopping = Event()
        self._sessions = [
            _Session({name: self.views[name] for name in sources[n::SESSIONS]}, self.turn, n == 0, self._stopping)
            for n in range(min(SESSIONS, len(sources)))
        ]
        # Read once, before each source's thread would do it.
        chained_tables()
        routing()

    @property
    def failure(self) -> Exception | None:
        """Why it ended by itself, which only an error in this package brings about."""
        return next((session.failure for session in self._sessions if session.failure), None)

    def start(self) -> None:
        for session in self._sessions:
            session.start()

    def is_alive(self) -> bool:
        """Whether all of it streams."""
        return all(session.is_alive() for session in self._sessions)

    def join(self) -> None:
        """Wait for its end."""
        for session in self._sessions:
            session.join()

    def stop(self) -> None:
        """End after the batches that are being written; returns when it has ended, or END_SECONDS later."""
        self._stopping.set()
        until = time.monotonic() + END_SECONDS
        for session in self._sessions:
            session.join(max(0, until - time.monotonic()))


class _Session(Thread):
    """One session of MySQL, opened again when it is lost.

    :param views: where the figures of its sources go, by short name.
    :param turn: set once the session that leads has its turn, with which the other ones begin too.
    :ivar failure: why it ended by itself.
    """

    def __init__(self, views: dict[str, SourceView], turn: Event, leads: bool, stopping: Event):
        super().__init__(name="audit-writer", daemon=True)
        self.failure: Exception | None = None
        self._views = views
        self._sources = {source: connections.connection(connections.source_id(source)) for source in views}
        self._turn = turn
        self._leads = leads
        self._stopping = stopping

    def run(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            began = time.monotonic()
            try:
                with closing(GenimsMySqlHook(connections.AUDIT).get_conn()) as connection:
                    Writer(connection, self._views, self._sources, self._turn, self._leads, self._stopping).write()
            except (MySQLError, Fenced) as lost:
                failures = 0 if time.monotonic() - began > max(RETRY_SECONDS) else failures + 1
                pause = RETRY_SECONDS[min(failures, len(RETRY_SECONDS) - 1)]
                log.warning("The writer's session is lost, trying again in %s s: %s", pause, lost)
                for view in self._views.values():
                    view.state = f"no MySQL: {lost}"[:SHORTENED]
                self._stopping.wait(pause)
            except Exception as error:
                self.failure = error
                return
