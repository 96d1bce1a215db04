"""Writes what the sources have ready, in as many transactions of MySQL at a time as there are sessions for it."""

from __future__ import annotations

import logging
import time
from collections import deque
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from queue import Empty, SimpleQueue
from threading import Event

from airflow.sdk import Connection as SourceConnection
from MySQLdb import MySQLError
from MySQLdb.connections import Connection

from genims.audit.ledger.ledger import Appending, Ledger
from genims.audit.stream.live_view import SourceView
from genims.audit.stream.memory import Memory
from genims.audit.stream.outages import Outages
from genims.audit.stream.source_feed import Batch, SourceFeed, rows_of
from genims.audit.stream.ward import Ward
from genims.core.clock import utc_now
from genims.core.errors import Fenced, SourceBusy

log = logging.getLogger(__name__)

# The sessions share the batches that are ready. Each transaction takes at least LEAST_EVENTS (if available) and no
# further batch after MOST_EVENTS or MOST_BYTES.
LEAST_EVENTS = 200
MOST_EVENTS = 4_000
MOST_BYTES = 16 << 20
# The sources are polled at the same moments: how long it takes until all have answered.
GATHER_SECONDS = 0.005
# How long the writer waits for a batch before it turns to its other duties.
IDLE_SECONDS = 0.1
# How often it closes blocks that are due, and asks for sources that another writer holds.
DUTY_SECONDS = 1
# How long a writer without a source waits for its first one before it checks whether it is to end.
TURN_SECONDS = 0.5
END_SECONDS = 1


class Writer:
    """Writes until it is stopped.

    A source has at most one transaction under way, so its events stay in order. The rows of the next transaction are
    made while MySQL is busy.

    Where MySQL refuses an event, its source alone goes to the ward, and the others go on.

    :param sessions: of the audit writer, two at least; the first one holds the ledgers too, the last one is the ward's.
    :param views: where the figures of the sources go, by short name.
    :param sources: where the sources are, by short name.
    :param turn: the writer sets it once it has its first source.
    :param stopping: the caller sets it when the writer is to end.
    """

    def __init__(
        self,
        sessions: list[Connection],
        views: dict[str, SourceView],
        sources: dict[str, SourceConnection],
        turn: Event,
        stopping: Event,
    ):
        self.session = sessions[0]
        self.ledgers: dict[str, Ledger] = {}
        self.lanes = [_Lane(session) for session in sessions[:-1]]
        self.ward = Ward(sessions[-1], self.ledgers)
        self.views = views
        self.sources = sources
        self.turn = turn
        self.stopping = stopping
        self.memory = Memory()
        self.outages = Outages(self.session, views)
        self.feeds: list[SourceFeed] = []
        self.offered: SimpleQueue[Batch] = SimpleQueue()
        self.ready: deque[Batch] = deque()
        self.ended = Event()

    def write(self) -> None:
        """Write what the feeds offer until ``stopping`` is set.

        :raises MySQLError: a session is lost; what was committed counts, the rest is read again.
        :raises Fenced: another writer has taken over a source.
        """
        duty_at = 0.0
        with ExitStack() as stack:
            for lane in self.lanes:
                stack.enter_context(lane.thread)
            stack.enter_context(self.ward.thread)
            stack.callback(self.ended.set)
            while not self.stopping.is_set():
                if time.monotonic() >= duty_at or not self.ledgers:
                    self._look_after_duties()
                    duty_at = time.monotonic() + DUTY_SECONDS
                self._gather()
                if batches := self._next():
                    appending = self._made(batches)
                    self._free_lane().write(batches, appending)
                elif self.ready:
                    self._wait(GATHER_SECONDS)
            self._settle()
            self.ward.settle()
            self._let_go()

    def _look_after_duties(self) -> None:
        """Ask for the sources that are missing, close blocks that are due, and put outages on record."""
        self.ward.look_after()
        for view in self.views.values():
            view.notice_silence()
        busy, now = self.ward.at_work, utc_now()
        due = [ledger for source, ledger in self.ledgers.items() if ledger.is_due and source not in busy]
        changed = [source for source in self.outages.changed(now) if source not in busy]
        if due or changed or len(self.ledgers) < len(self.sources):
            self._settle()
            self._take_over()
            for ledger in due:
                ledger.tick()
            for source in changed:
                if event := self.outages.keep(source, now):
                    self.ledgers[source].append([event])

    def _take_over(self) -> None:
        """Become the writer of the sources that no other writer holds.

        One run holds every source; the other waits for the first ledger, which is released last.
        """
        for source in [source for source in self.sources if source not in self.ledgers]:
            patience = 0 if self.ledgers else TURN_SECONDS
            try:
                ledger = Ledger.open(self.session, source, wait_seconds=patience)
            except SourceBusy:
                self.views[source].state = "another writer streams it"
                if self.ledgers:
                    continue
                for lane in self.lanes:
                    lane.session.ping()
                return
            self.turn.set()
            self.ledgers[source] = ledger
            self.outages.begin(source)
            feed = SourceFeed(
                source,
                self.sources[source],
                ledger.position,
                ledger.last_source_sequence,
                self.offered,
                self.ended,
                self.views[source],
                self.memory,
                ledger.intake.line_bytes,
            )
            self.feeds.append(feed)
            feed.start()

    def _let_go(self) -> None:
        """End the feeds, which clear the delivered events, and let another writer in."""
        self.ended.set()
        for feed in self.feeds:
            feed.join(END_SECONDS)
        for ledger in reversed(self.ledgers.values()):
            ledger.close()

    def _gather(self) -> None:
        """Take what the feeds have ready; if there is nothing yet, wait up to IDLE_SECONDS for it."""
        try:
            if not self.ready:
                self.ready.append(self.offered.get(timeout=IDLE_SECONDS))
                time.sleep(GATHER_SECONDS)
            while True:
                self.ready.append(self.offered.get_nowait())
        except Empty:
            pass

    def _next(self) -> list[Batch]:
        """The batches of the next transaction: in order, and without sources that have one under way."""
        self._settle_what_is_done()
        self.ready = self.ward.admit(self.ready)
        busy = {batch.feed for lane in self.lanes for batch in lane.batches}
        share = sum(len(batch.encoded) for batch in self.ready) // len(self.lanes)
        limit = min(max(share, LEAST_EVENTS), MOST_EVENTS)
        batches: list[Batch] = []
        later: deque[Batch] = deque()
        events = size = 0
        for batch in self.ready:
            if events < limit and size < MOST_BYTES and batch.feed not in busy:
                batches.append(batch)
                events += len(batch.encoded)
                size += batch.size
            else:
                later.append(batch)
                busy.add(batch.feed)
        self.ready = later
        return batches

    def _made(self, batches: list[Batch]) -> Appending:
        by_source: dict[str, list[Batch]] = {}
        for batch in batches:
            by_source.setdefault(batch.feed.source, []).append(batch)
        return Appending(
            [
                (self.ledgers[source], [event for batch in own for event in batch.encoded], own[-1].after, False)
                for source, own in by_source.items()
            ]
        )

    def _free_lane(self) -> _Lane:
        """A lane with nothing to write, once there is one. Lanes take turns, so that no session is idle for long."""
        while not (free := [lane for lane in self.lanes if not lane.batches]):
            self._wait()
        self.lanes.remove(free[0])
        self.lanes.append(free[0])
        return free[0]

    def _wait(self, seconds: float | None = None) -> None:
        """Wait until a transaction has ended, at most ``seconds``."""
        wait([lane.done for lane in self.lanes if lane.batches], seconds, FIRST_COMPLETED)
        self._settle_what_is_done()

    def _settle_what_is_done(self) -> None:
        for lane in self.lanes:
            if lane.batches and lane.done.done():
                self._settle_lane(lane)

    def _settle(self) -> None:
        """Wait until no lane has anything under way."""
        for lane in self.lanes:
            if lane.batches:
                self._settle_lane(lane)

    def _settle_lane(self, lane: _Lane) -> None:
        """Wait for the end of its transaction; what MySQL has refused goes to the ward.

        :raises MySQLError: the session is lost.
        :raises Fenced: another writer has taken over a source.
        """
        batches, appending = lane.batches, lane.appending
        try:
            lane.done.result()
        except (MySQLError, Fenced):
            raise
        except Exception as why:  # no event, whatever is wrong with it, stops the others
            appending.undo()
            self.ward.take_in(batches, why)
        lane.batches, lane.appending = [], None


class _Lane:
    """A session of MySQL that writes one transaction at a time.

    :param session: of the audit writer.
    :ivar thread: waits for MySQL.
    :ivar batches: what it writes; empty if it has nothing to write.
    :ivar appending: the rows of these batches; None if it has nothing to write.
    :ivar done: ends when they are committed, or with the error that prevented it.
    """

    def __init__(self, session: Connection):
        self.session = session
        self.thread = ThreadPoolExecutor(1, "audit-mysql")
        self.batches: list[Batch] = []
        self.appending: Appending | None = None
        self.done: Future

    def write(self, batches: list[Batch], appending: Appending) -> None:
        """Begin to write; ``done`` tells when that is over."""
        self.batches, self.appending = batches, appending
        self.done = self.thread.submit(self._write, batches, appending)

    def _write(self, batches: list[Batch], appending: Appending) -> None:
        appending.write(self.session)
        for batch in batches:
            batch.feed.delivered(batch, rows_of(batch.encoded))
