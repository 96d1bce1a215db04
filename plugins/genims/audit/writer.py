"""One session of MySQL that writes what some sources have ready."""

from __future__ import annotations

import logging
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Event

from airflow.sdk import Connection as SourceConnection
from MySQLdb import MySQLError
from MySQLdb.connections import Connection

from genims.audit.incidents import quarantined
from genims.audit.ledger import Appending, Ledger
from genims.audit.live_view import SourceView
from genims.audit.source_feed import Batch, SourceFeed
from genims.errors import Fenced, SourceBusy

log = logging.getLogger(__name__)

# A transaction gets no further batch once it has so many events.
TRANSACTION_EVENTS = 4_000
# The sources are asked at the same moments: how long it takes until all have answered.
GATHER_SECONDS = 0.005
# How long the writer waits for a batch before it looks after its other duties.
IDLE_SECONDS = 0.1
# How often it closes blocks that are due, and asks for sources that another writer has held.
DUTY_SECONDS = 1
# How long a writer that has no source yet waits for its first one before it looks whether it is to end.
TURN_SECONDS = 0.5
END_SECONDS = 1


class Writer:
    """Writes until it is stopped; the rows of the next transaction are made while MySQL is busy with the one before.

    :param connection: a session of the audit writer.
    :param views: where the figures of its sources go, by short name.
    :param sources: where its sources are, by short name.
    :param turn: set by the writer that leads, once it has its first source; the others begin then.
    :param leads: whether this is that one.
    :param stopping: set when it is to end.
    """

    def __init__(
        self,
        connection: Connection,
        views: dict[str, SourceView],
        sources: dict[str, SourceConnection],
        turn: Event,
        leads: bool,
        stopping: Event,
    ):
        self.connection = connection
        self.views = views
        self.sources = sources
        self.turn = turn
        self.leads = leads
        self.stopping = stopping
        self.ledgers: dict[str, Ledger] = {}
        self.feeds: list[SourceFeed] = []
        self.offered: SimpleQueue[Batch] = SimpleQueue()
        self.ended = Event()
        self.writing: _Writing | None = None

    def write(self) -> None:
        """Write what the feeds offer until the stream is stopped or the session is lost."""
        duty_at = 0.0
        with ThreadPoolExecutor(1, "audit-mysql") as mysql:
            try:
                while not self.stopping.is_set():
                    if time.monotonic() >= duty_at or not self.ledgers:
                        self._settle()
                        self._take_over()
                        for ledger in self.ledgers.values():
                            ledger.tick()
                        duty_at = time.monotonic() + DUTY_SECONDS
                    if batches := self._offered():
                        self._append(batches, mysql)
                self._settle()
                self._let_go()
            finally:
                self.ended.set()

    def _take_over(self) -> None:
        """Become the writer of those sources that no other one holds.

        Of two runs one has all: whoever has none yet waits for the first one, which is also let go last.
        """
        if not self.leads and not self.turn.is_set():
            return
        for source in [source for source in self.sources if source not in self.ledgers]:
            try:
                ledger = Ledger.open(self.connection, source, wait_seconds=0 if self.ledgers else TURN_SECONDS)
            except SourceBusy:
                self.views[source].state = "another writer streams it"
                if self.ledgers:
                    continue
                return
            self.turn.set()
            self.ledgers[source] = ledger
            feed = SourceFeed(source, self.sources[source], ledger.cursor, self.offered, self.ended, self.views[source])
            self.feeds.append(feed)
            feed.start()

    def _let_go(self) -> None:
        """End the feeds, which clear what is delivered, and let another writer in."""
        self.ended.set()
        for feed in self.feeds:
            feed.join(END_SECONDS)
        for ledger in reversed(self.ledgers.values()):
            ledger.close()

    def _offered(self) -> list[Batch]:
        """The batches that are ready, in the order in which they were; none if there are none for a while."""
        batches: list[Batch] = []
        try:
            batches.append(self.offered.get(timeout=IDLE_SECONDS))
            time.sleep(GATHER_SECONDS)
            while sum(len(batch.entries) for batch in batches) < TRANSACTION_EVENTS:
                batches.append(self.offered.get_nowait())
        except Empty:
            pass
        return batches

    def _append(self, batches: list[Batch], mysql: ThreadPoolExecutor) -> None:
        """Make the rows of some batches, and have them written once those before are."""
        appending = self._made(batches)
        if not self._settle(later=appending):
            appending = self._made(batches)
        self.writing = _Writing(batches, appending, mysql.submit(_write, batches, appending))

    def _made(self, batches: list[Batch]) -> Appending:
        by_source: dict[str, list[Batch]] = {}
        for batch in batches:
            by_source.setdefault(batch.feed.source, []).append(batch)
        return Appending(
            [
                (self.ledgers[source], [entry for batch in own for entry in batch.entries], own[-1].cursor, False)
                for source, own in by_source.items()
            ]
        )

    def _settle(self, later: Appending | None = None) -> bool:
        """Wait until what is being written is written.

        :param later: what has been made since.
        :return: whether that can be written as it was made.
        """
        if self.writing is None:
            return True
        writing, self.writing = self.writing, None
        try:
            writing.done.result()
        except (MySQLError, Fenced):
            raise
        except Exception as refused:
            if later:
                later.undo()
            writing.appending.undo()
            self._append_what_can_be(writing.batches, refused)
            return False
        return True

    def _append_what_can_be(self, batches: list[Batch], refused: Exception) -> None:
        """Write batches one by one; an event that cannot be written is found by halving and goes into quarantine."""
        log.warning("An event does not fit into the audit tables and is looked for: %s", refused)
        for batch in batches:
            self._append_or_halve(batch)
            batch.feed.delivered(batch, _rows(batch))

    def _append_or_halve(self, batch: Batch) -> None:
        ledger = self.ledgers[batch.feed.source]
        try:
            ledger.append_entries(batch.entries, batch.cursor)
        except (MySQLError, Fenced):
            raise
        except Exception as refused:
            if len(batch.entries) == 1:
                ledger.append([quarantined(ledger.source, batch.captured[0], refused)], batch.cursor)
                batch.feed.view.quarantined += 1
            else:
                for half in batch.halves():
                    self._append_or_halve(half)


@dataclass(frozen=True)
class _Writing:
    """What is being written.

    :param done: ends when it is committed, or with the error that keeps it from that.
    """

    batches: list[Batch]
    appending: Appending
    done: Future


def _write(batches: list[Batch], appending: Appending) -> None:
    appending.write()
    for batch in batches:
        batch.feed.delivered(batch, _rows(batch))


def _rows(batch: Batch) -> int:
    return sum(1 + len(entry.tables) for entry in batch.entries)
