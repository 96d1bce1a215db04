"""The reading side of the stream: one thread for each source database, so that a slow or lost one holds no other up."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from queue import SimpleQueue
from threading import Event, Semaphore, Thread

import psycopg
from airflow.sdk import Connection
from MySQLdb import MySQLError

from genims.audit.capture.problems import problems
from genims.audit.format.encoded_event import EncodedEvent, encode
from genims.audit.ledger.position import Position
from genims.audit.stream.cross_check import CrossCheck
from genims.audit.stream.encoder import EventEncoder
from genims.audit.stream.incidents import problem_seen, quarantined
from genims.audit.stream.live_view import SourceView
from genims.audit.stream.outbox import NOTHING_SEEN, Delivered, Outbox, Reading, SourceEvent
from genims.core import connections
from genims.core.sources import SOURCES
from genims.hooks.mysql import GenimsMySqlHook

log = logging.getLogger(__name__)

BATCH_EVENTS = 1_000
# Batches of one source on their way: some are written while the next ones are read.
BATCHES_UNDER_WAY = 4
# All sources are asked at the same moments, so that what they have goes into one transaction.
POLL_SECONDS = 0.040
CLEAR_EVENTS = 4_000
# How soon delivered events are cleared: when nothing new has come, and while the source is busy.
CLEAR_SECONDS = 0.5
BUSY_CLEAR_SECONDS = 2
# How often capture is looked after, and how soon first: the backlog has gone then. Source by source, a second apart.
CHECK_SECONDS = 60
FIRST_CHECK_SECONDS = 5
RETRY_SECONDS = (0.2, 0.5, 1, 2, 5)

DELIVERED = """
SELECT source_sequence, transaction_id, audit_timestamp
FROM system_audit_log
WHERE source_database = %s AND transaction_id IN %s AND source_sequence BETWEEN %s AND %s
"""


class _Ended(Exception):
    """The writer wants no more batches."""


@dataclass(frozen=True)
class Batch:
    """Events of one source database on their way to MySQL.

    :param feed: where they come from.
    :param captured: as they are in the source.
    :param encoded: as they go to MySQL, one for each captured one.
    :param snapshot: the one that they were read in.
    :param before: the place in the source before them.
    :param after: the place after them.
    :param read_at: the source's clock when they were read, UTC.
    :param polled_at: this process's clock then, monotonic seconds.
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
        """Two smaller batches that lead to the same place."""
        middle = len(self.encoded) // 2
        between = replace(self.before, reading_snapshot=self.snapshot, after_seq=self.captured[middle - 1].seq)
        first = replace(self, captured=self.captured[:middle], encoded=self.encoded[:middle], after=between)
        return first, replace(self, captured=self.captured[middle:], encoded=self.encoded[middle:], before=between)


class SourceFeed(Thread):
    """Reads the outbox of one source database, turns it into batches, and clears what is delivered.

    :param source: short name of the source database.
    :param connection: where it is.
    :param position: up to where it is delivered.
    :param offer: takes the batches that are ready.
    :param ended: set when they are no longer wanted.
    :param view: where its figures go.
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
        self._problems: set[str] = set()

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
                # One source's trouble is not the others': they go on, and this one is tried again.
                log.exception("%s: cannot be followed, trying again in %s s", self.source, CHECK_SECONDS)
                self._wait(f"failed: {error}", CHECK_SECONDS)

    def _without_capture(self) -> None:
        """Wait for capture; where it has been before, its absence is reported."""
        if self.position.cluster_id:
            self._look_after_capture(self.position)
        self._wait("not captured: run platform_setup", CHECK_SECONDS)

    def _wait(self, why: str, seconds: float) -> None:
        self.view.state = " ".join(why.split())
        self.ended.wait(seconds)

    def delivered(self, batch: Batch, rows: int) -> None:
        """Called by the writer once the batch is committed in MySQL."""
        self.position = batch.after
        self._delivered.append(batch)
        self._free.release()
        if batch.captured:
            newest = batch.captured[-1].at
            lag = batch.read_at - batch.captured[0].at + timedelta(seconds=time.monotonic() - batch.polled_at)
            self.view.delivered(len(batch.encoded), rows, lag, newest)
            self.view.quarantined += batch.quarantined

    def _resume(self, outbox: Outbox) -> Position:
        """Leave in the outbox what is not delivered, so that all of it is to be read.

        What tells is MySQL, not the snapshot: a crash of the source gives numbers of transactions out again that the
        snapshot calls seen.
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
        cross_check = CrossCheck(outbox.session)
        clearing = _Clearing(outbox, self._delivered)
        check_at = time.monotonic() + FIRST_CHECK_SECONDS + list(SOURCES).index(self.source)
        while not self.ended.is_set():
            if not position.reading_snapshot:
                cross_check.look()
            reading = outbox.read(position, BATCH_EVENTS)
            cross_check.captured(reading.events)
            if reading.events:
                polled_at = time.monotonic()
                encoded, poison = self._encode(encoder, reading.events)
                self._acquire()
                self._offer(reading, encoded, poison, position, polled_at)
            position = reading.position
            if not position.reading_snapshot:
                cross_check.compare()
            clearing.when_due(BUSY_CLEAR_SECONDS if reading.events else CLEAR_SECONDS)
            if time.monotonic() > check_at:
                self.view.waiting = outbox.waiting()
                self._look_after_capture(position, cross_check.problems.values())
                check_at = time.monotonic() + CHECK_SECONDS
            if not position.reading_snapshot:
                self._rest()
        clearing.now()

    def _rest(self) -> None:
        """Wait until the source is to be asked again: not before what was read is delivered.

        So when MySQL, or this machine, is slower than the sources, it is asked less often for more, which is cheaper.
        """
        while True:
            time.sleep(POLL_SECONDS - time.monotonic() % POLL_SECONDS)
            if self.position == self._last_offered or self.ended.is_set():
                return

    def _offer(
        self, reading: Reading, encoded: list[EncodedEvent], poison: int, before: Position, polled_at: float
    ) -> None:
        self._last_offered = reading.position
        place = (reading.snapshot, before, reading.position)
        self.offer.put(Batch(self, reading.events, encoded, *place, reading.read_at, polled_at, poison))

    def _look_after_capture(self, position: Position, also: Iterable[str] = ()) -> None:
        """Put on record what is wrong with the capture, when it begins and once in every run."""
        found = [*problems(self.source), *also]
        now = datetime.now(UTC).replace(tzinfo=None)
        new = [encode(problem_seen(self.source, problem, now)) for problem in found if problem not in self._problems]
        if new:
            self._acquire()
            self._offer(Reading([], "", position, now), new, 0, position, time.monotonic())
        self._problems = set(found)

    def _acquire(self) -> None:
        """Wait until a batch more may be on its way. It is to be offered at once: nobody else lets the next one in.

        :raises _Ended: none is wanted any more.
        """
        while not self._free.acquire(timeout=0.1):
            if self.ended.is_set():
                raise _Ended

    def _encode(self, encoder: EventEncoder, events: list[SourceEvent]) -> tuple[list[EncodedEvent], int]:
        """The encoded events, and how many of these could not be read and are quarantined."""
        poison = 0
        encoded = []
        for event in events:
            try:
                encoded.append(encoder.encode(event))
            except psycopg.Error:
                raise
            except Exception as error:  # whatever an event is like, the others flow on
                encoded.append(encode(quarantined(self.source, event, error)))
                poison += 1
        return encoded, poison


class _Clearing:
    """Removes delivered events from an outbox, many at a time.

    :param delivered: batches that are committed in MySQL; taken from here.
    """

    def __init__(self, outbox: Outbox, delivered: deque[Batch]):
        self.outbox = outbox
        self.delivered = delivered
        self.seqs: list[int] = []
        self.cleared_at = time.monotonic()

    def when_due(self, seconds: float) -> None:
        """Clear if there are many, or the last clearing is so long ago."""
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
