"""The reading side of the stream: one thread for each source database, so that a slow or lost one delays no other."""

from __future__ import annotations

import logging
import time
from collections import deque
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from queue import SimpleQueue
from threading import Event, Semaphore, Thread

import psycopg
from airflow.sdk import Connection
from MySQLdb import MySQLError

from genims.audit.format.encoded_event import EncodedEvent, encode
from genims.audit.ledger.position import Position
from genims.audit.stream.capture_watch import CaptureWatch
from genims.audit.stream.encoder import EventEncoder
from genims.audit.stream.incidents import quarantined
from genims.audit.stream.live_view import SourceView
from genims.audit.stream.outbox import NOTHING_SEEN, Delivered, Outbox, Reading, SourceEvent
from genims.core import connections
from genims.core.clock import utc_now
from genims.hooks.mysql import GenimsMySqlHook

log = logging.getLogger(__name__)

BATCH_EVENTS = 1_000
# Batches of one source that may be under way: some are written while the next ones are read.
BATCHES_UNDER_WAY = 4
# All sources are polled at the same moments, so that their events share a transaction.
POLL_SECONDS = 0.040
CLEAR_EVENTS = 4_000
# Delivered events are cleared this often: when nothing new has come, and while the source is busy.
CLEAR_SECONDS = 0.5
BUSY_CLEAR_SECONDS = 2
RETRY_SECONDS = (0.2, 0.5, 1, 2, 5)
# How long a source is left alone that has no capture, or that cannot be followed for another reason.
PAUSE_SECONDS = 60

DELIVERED = """
SELECT source_sequence, transaction_id, audit_timestamp
FROM system_audit_log
WHERE source_database = %s AND transaction_id IN %s AND source_sequence BETWEEN %s AND %s
"""


class _Ended(Exception):
    """The writer takes no more batches."""


@dataclass(frozen=True)
class Batch:
    """Events of one source database on their way to MySQL.

    :param feed: where they come from.
    :param captured: the events as the source has them; none for events of the feed's own.
    :param encoded: the events as they go to MySQL, in the same order.
    :param snapshot: the snapshot (pg_snapshot) in which they were read.
    :param before: the position before them.
    :param after: the position behind them.
    :param read_at: the source's clock when they were read, UTC, without time zone.
    :param polled_at: this process's clock at that moment, monotonic seconds.
    :param quarantined: how many of them could not be read.
    """

    feed: SourceFeed
    captured: list[SourceEvent]
    encoded: list[EncodedEvent]
    snapshot: str
    before: Position
    after: Position
    read_at: datetime
    polled_at: float
    quarantined: int = 0

    def halves(self) -> tuple[Batch, Batch]:
        """Two smaller batches that lead to the same position."""
        middle = len(self.encoded) // 2
        between = replace(self.before, reading_snapshot=self.snapshot, after_seq=self.captured[middle - 1].seq)
        first = replace(self, captured=self.captured[:middle], encoded=self.encoded[:middle], after=between)
        return first, replace(self, captured=self.captured[middle:], encoded=self.encoded[middle:], before=between)


class SourceFeed(Thread):
    """Reads the outbox of one source database, offers its events in batches, and clears the delivered ones.

    :param source: short name of the source database.
    :param connection: where it is.
    :param position: up to where it is delivered.
    :param offer: takes the batches that are ready.
    :param ended: set when the writer takes no more batches.
    :param view: where the figures go.
    """

    def __init__(
        self,
        source: str,
        connection: Connection,
        position: Position,
        offer: SimpleQueue[Batch],
        ended: Event,
        view: SourceView,
    ):
        super().__init__(name=f"audit-{source}", daemon=True)
        self.source = source
        self.connection = connection
        self.position = position
        self.offer = offer
        self.ended = ended
        self.view = view
        self._free = Semaphore(BATCHES_UNDER_WAY)
        self._delivered: deque[Batch] = deque()
        self._last_offered = position
        self._watch = CaptureWatch(source)

    def run(self) -> None:
        """Follow the source until ended, whatever happens to its server."""
        failures = 0
        while not self.ended.is_set():
            try:
                with closing(Outbox.connect(self.connection)) as outbox:
                    if outbox.is_installed():
                        position = self._resume(outbox)
                        self.view.state = "streaming"
                        failures = 0
                        self._follow(outbox, position)
                    else:
                        self._without_capture()
            except _Ended:
                return
            except (psycopg.OperationalError, MySQLError) as lost:
                pause = RETRY_SECONDS[min(failures, len(RETRY_SECONDS) - 1)]
                failures += 1
                log.warning("%s: lost, trying again in %s s: %s", self.source, pause, lost)
                self._wait(f"lost: {lost}", pause)
            except Exception as error:
                # One source's trouble must not stop the others: they go on, and this one is tried again.
                log.exception("%s: cannot be followed, trying again in %s s", self.source, PAUSE_SECONDS)
                self._wait(f"failed: {error}", PAUSE_SECONDS)

    def _without_capture(self) -> None:
        """Wait for capture; report its absence if the source was captured before."""
        if self.position.cluster_id:
            self._offer_problems(self.position)
        self._wait("not captured: run platform_setup", PAUSE_SECONDS)

    def _wait(self, why: str, seconds: float) -> None:
        self.view.state = " ".join(why.split())
        self.ended.wait(seconds)

    def delivered(self, batch: Batch, rows: int) -> None:
        """The writer calls it once a batch is committed in MySQL.

        :param batch: one of those offered, in order.
        :param rows: rows of MySQL written for it.
        """
        self.position = batch.after
        self._delivered.append(batch)
        self._free.release()
        if batch.captured:
            newest = batch.captured[-1].at
            lag = batch.read_at - batch.captured[0].at + timedelta(seconds=time.monotonic() - batch.polled_at)
            self.view.delivered(len(batch.encoded), rows, lag, newest)
            self.view.quarantined += batch.quarantined

    def _resume(self, outbox: Outbox) -> Position:
        """Clear the delivered events, so that the whole outbox is to be read.

        MySQL decides what is delivered, not the snapshot: after a crash the source gives out again numbers of
        transactions that the snapshot calls seen.
        """
        for _ in range(BATCHES_UNDER_WAY):
            self._acquire()
        self._free.release(BATCHES_UNDER_WAY)
        self._delivered.clear()
        self._last_offered = self.position
        cluster_id = outbox.check_cluster(self.position)
        left_over = outbox.left_over(self.position)
        for start in range(0, len(left_over), CLEAR_EVENTS):
            delivered = self._delivered_of(left_over[start : start + CLEAR_EVENTS])
            outbox.clear([event.seq for event in delivered])
        return Position(done_snapshot=NOTHING_SEEN, cluster_id=cluster_id)

    def _delivered_of(self, events: list[Delivered]) -> list[Delivered]:
        with closing(GenimsMySqlHook(connections.AUDIT).get_conn()) as connection, connection.cursor() as cursor:
            xids = list({event.xid for event in events})
            cursor.execute(DELIVERED, (self.source, xids, events[0].seq, events[-1].seq))
            known = {Delivered._make(row) for row in cursor.fetchall()}
        return [event for event in events if event in known]

    def _follow(self, outbox: Outbox, position: Position) -> None:
        encoder = EventEncoder(self.source, outbox.version)
        clearing = _Clearing(outbox, self._delivered)
        self._watch.follow(outbox.session)
        while not self.ended.is_set():
            self._watch.before_reading(position)
            reading = outbox.read(position, BATCH_EVENTS)
            self._watch.after_reading(reading)
            if reading.events:
                polled_at = time.monotonic()
                encoded, poison = self._encode(encoder, reading.events)
                self._acquire()
                self._offer(reading, encoded, poison, position, polled_at)
            position = reading.position
            clearing.when_due(BUSY_CLEAR_SECONDS if reading.events else CLEAR_SECONDS)
            if self._watch.is_due:
                self.view.waiting = outbox.waiting()
                self._offer_problems(position)
            if not position.reading_snapshot:
                self._rest()
        clearing.now()

    def _rest(self) -> None:
        """Wait for the next poll, which comes only after everything read so far is delivered.

        So a source is polled less often, for more events at a time, while MySQL or this machine cannot keep up.
        """
        while True:
            time.sleep(POLL_SECONDS - time.monotonic() % POLL_SECONDS)
            if self.position == self._last_offered or self.ended.is_set():
                return

    def _offer(
        self, reading: Reading, encoded: list[EncodedEvent], poison: int, before: Position, polled_at: float
    ) -> None:
        self._last_offered = reading.position
        way = (reading.snapshot, before, reading.position)
        self.offer.put(Batch(self, reading.events, encoded, *way, reading.read_at, polled_at, poison))

    def _offer_problems(self, position: Position) -> None:
        """Put on record what is newly wrong with the capture."""
        if new := self._watch.new_problems():
            self._acquire()
            self._offer(Reading([], "", position, utc_now()), new, 0, position, time.monotonic())

    def _acquire(self) -> None:
        """Block until a slot is free. The caller must offer a batch: only its delivery frees the slot.

        :raises _Ended: the writer takes no more batches.
        """
        while not self._free.acquire(timeout=0.1):
            if self.ended.is_set():
                raise _Ended

    def _encode(self, encoder: EventEncoder, events: list[SourceEvent]) -> tuple[list[EncodedEvent], int]:
        """The encoded events, and how many of them are in quarantine because they could not be read."""
        poison = 0
        encoded = []
        for event in events:
            try:
                encoded.append(encoder.encode(event))
            except psycopg.Error:
                raise
            except Exception as error:  # no event, whatever is wrong with it, stops the others
                encoded.append(encode(quarantined(self.source, event, error)))
                poison += 1
        return encoded, poison


class _Clearing:
    """Removes delivered events from an outbox, many at a time.

    :param outbox: where they are removed.
    :param delivered: batches that are committed in MySQL, in order; the clearing takes them out.
    """

    def __init__(self, outbox: Outbox, delivered: deque[Batch]):
        self.outbox = outbox
        self.delivered = delivered
        self.seqs: list[int] = []
        self.cleared_at = time.monotonic()

    def when_due(self, seconds: float) -> None:
        """Clear if there are CLEAR_EVENTS, or the last clearing is ``seconds`` ago."""
        while self.delivered:
            self.seqs += [event.seq for event in self.delivered.popleft().captured]
        if len(self.seqs) >= CLEAR_EVENTS or time.monotonic() > self.cleared_at + seconds:
            self.now()

    def now(self) -> None:
        """Clear all that is delivered."""
        if self.seqs:
            self.outbox.clear(self.seqs)
            self.seqs = []
        self.cleared_at = time.monotonic()
