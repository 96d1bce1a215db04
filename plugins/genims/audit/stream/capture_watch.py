"""Looks after the capture of one source database: finds what was altered and what was changed past the triggers."""

from __future__ import annotations

import time

import psycopg

from genims.audit.capture.problems import problems
from genims.audit.format.event import AuditEvent
from genims.audit.ledger.position import Position
from genims.audit.stream.cross_check import CrossCheck
from genims.audit.stream.incidents import problem_seen
from genims.audit.stream.outbox import Reading
from genims.core.clock import utc_now
from genims.core.sources import SOURCES

# How often capture is looked after, and how soon first: the backlog has gone then. Source by source, a second apart.
CHECK_SECONDS = 60
FIRST_CHECK_SECONDS = 5


class CaptureWatch:
    """Watches one source database for as long as a run streams it, over any number of sessions.

    :param source: its short name.
    """

    def __init__(self, source: str):
        self.source = source
        self._cross_check: CrossCheck | None = None
        self._check_at = 0.0
        self._known: set[str] = set()

    def follow(self, session: psycopg.Connection) -> None:
        """Begin to compare what is captured with what PostgreSQL counts.

        :param session: in the source database, committing by itself; the one that reads the outbox.
        """
        self._cross_check = CrossCheck(session)
        self._check_at = time.monotonic() + FIRST_CHECK_SECONDS + list(SOURCES).index(self.source)

    def before_reading(self, position: Position) -> None:
        """Call it before each reading of the outbox.

        :param position: where the reading begins.
        """
        if not position.reading_snapshot:
            self._cross_check.look()

    def after_reading(self, reading: Reading) -> None:
        """Call it after each reading of the outbox.

        :param reading: what was found.
        """
        self._cross_check.captured(reading.events)
        if not reading.position.reading_snapshot:
            self._cross_check.compare()

    @property
    def is_due(self) -> bool:
        """Whether it is time for ``new_problems``."""
        return time.monotonic() > self._check_at

    def new_problems(self) -> list[AuditEvent]:
        """An event for each problem that was not there at the last call.

        :raises psycopg.OperationalError: the source cannot be reached.
        """
        counted = self._cross_check.problems.values() if self._cross_check else ()
        found = [*problems(self.source), *counted]
        now = utc_now()
        new = [problem_seen(self.source, problem, now) for problem in found if problem not in self._known]
        self._known = set(found)
        self._check_at = time.monotonic() + CHECK_SECONDS
        return new
