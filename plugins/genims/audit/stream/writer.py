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
from genims.audit.stream.incidents import quarantined
from genims.audit.stream.live_view import SourceView
from genims.audit.stream.source_feed import Batch, SourceFeed
from genims.core.errors import Fenced, SourceBusy

log = logging.getLogger(__name__)

# The sessions share the batches that are ready. Each transaction takes at least LEAST_EVENTS (if available) and no
# further batch after MOST_EVENTS.
LEAST_EVENTS = 200
MOST_EVENTS = 4_000
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

    :param sessions: of the audit writer; the first one holds the ledgers too.
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
        self.lanes = [_Lane(session) for session in sessions]
        self.views = views
        self.sources = sources
        self.turn = turn
        self.stopping = stopping
        self.ledgers: dict[str, Ledger] = {}
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
            self._let_go()

    def _look_after_duties(self) -> None:
        """Ask for the sources that are missing, and close blocks that are due."""
        due = [ledger for ledger in self.ledgers.values() if ledger.is_due]
        if due or len(self.ledgers) < len(self.sources):
            self._settle()
            self._take_over()
            for ledger in due:
                ledger.tick()

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
            feed = SourceFeed(
                source, self.sources[source], ledger.position, self.offered, self.ended, self.views[source]
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
        busy = {batch.feed for lane in self.lanes for batch in lane.batches}
        share = sum(len(batch.encoded) for batch in self.ready) // len(self.lanes)
        limit = min(max(share, LEAST_EVENTS), MOST_EVENTS)
        batches: list[Batch] = []
        later: deque[Batch] = deque()
        events = 0
        for batch in self.ready:
            if events < limit and batch.feed not in busy:
                batches.append(batch)
                events += len(batch.encoded)
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
        done = [lane for lane in self.lanes if lane.batches and lane.done.done()]
        if any(lane.done.exception() for lane in done):
            self._settle()
        for lane in done:
            lane.batches = []

    def _settle(self) -> None:
        """Wait until nothing is under way. Of what MySQL has refused, write all that it takes."""
        refused = []
        for lane in self.lanes:
            if not lane.batches:
                continue
            try:
                lane.done.result()
            except (MySQLError, Fenced):
                raise
            except Exception as why:  # no event, whatever is wrong with it, stops the others
                lane.appending.undo()
                refused.append((lane.batches, why))
            lane.batches = []
        for batches, why in refused:
            self._append_what_can_be(batches, why)

    def _append_what_can_be(self, batches: list[Batch], refused: Exception) -> None:
        """Write batches one by one; find each event that cannot be written by halving, and put it into quarantine."""
        log.warning("An event does not fit into the audit tables and is looked for: %s", refused)
        for batch in batches:
            self._append_or_halve(batch)
            batch.feed.delivered(batch, _rows(batch))

    def _append_or_halve(self, batch: Batch) -> None:
        ledger = self.ledgers[batch.feed.source]
        try:
            ledger.append_encoded(batch.encoded, batch.after)
        except (MySQLError, Fenced):
            raise
        except Exception as refused:  # kept in the quarantine of the event, once that is found
            if len(batch.encoded) == 1:
                ledger.append([quarantined(ledger.source, batch.captured[0], refused)], batch.after)
                batch.feed.view.quarantined += 1
            else:
                for half in batch.halves():
                    self._append_or_halve(half)


class _Lane:
    """A session of MySQL that writes one transaction at a time.

    :param session: of the audit writer.
    :ivar thread: waits for MySQL.
    :ivar batches: what it writes; empty if it has nothing to write.
    :ivar appending: the rows of these batches.
    :ivar done: ends when they are committed, or with the error that prevented it.
    """

    def __init__(self, session: Connection):
        self.session = session
        self.thread = ThreadPoolExecutor(1, "audit-mysql")
        self.batches: list[Batch] = []
        self.appending: Appending
        self.done: Future

    def write(self, batches: list[Batch], appending: Appending) -> None:
        """Begin to write; ``done`` tells when that is over."""
        self.batches, self.appending = batches, appending
        self.done = self.thread.submit(self._write, batches, appending)

    def _write(self, batches: list[Batch], appending: Appending) -> None:
        appending.write(self.session)
        for batch in batches:
            batch.feed.delivered(batch, _rows(batch))


def _rows(batch: Batch) -> int:
    return sum(1 + len(event.tables) for event in batch.encoded)
