"""The reading side of the stream: one thread for each source database, so that a slow or lost one delays no other."""

from __future__ import annotations

import logging
import time
from collections import deque
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from queue import SimpleQueue
from threading import Event, Semaphore, Thread

import psycopg
from airflow.sdk import Connection
from MySQLdb import MySQLError

from genims.audit.capture.routing import routing
from genims.audit.format.encoded_event import EncodedEvent, encode
from genims.audit.format.event import AuditEvent
from genims.audit.format.excerpts import excerpt
from genims.audit.ledger.position import Position
from genims.audit.stream.capture_watch import CaptureWatch
from genims.audit.stream.encoder import EventEncoder
from genims.audit.stream.incidents import log_quarantined, quarantined, seen
from genims.audit.stream.live_view import SourceView
from genims.audit.stream.memory import MEASURED_BYTES, Memory, size_of
from genims.audit.stream.outbox import NOTHING_SEEN, Outbox, Reading, SourceEvent
from genims.audit.stream.resume import CLEAR_EVENTS, Move, Record, account_of_move, clear_delivered, moved, set_back
from genims.core.clock import utc_now

log = logging.getLogger(__name__)

BATCH_EVENTS = 1_000
# Batches of one source that may be under way: some are written while the next ones are read.
BATCHES_UNDER_WAY = 4
# Of images with more characters, an excerpt is kept beside the encoded event.
LIGHT_CHARACTERS = 4_000
# All sources are polled at the same moments, so that their events share a transaction.
POLL_SECONDS = 0.040
# Delivered events are cleared this often: when nothing new has come, and while the source is busy.
CLEAR_SECONDS = 0.5
BUSY_CLEAR_SECONDS = 2
RETRY_SECONDS = (0.2, 0.5, 1, 2, 5, 10, 30, 60)
# How long a source is left alone that has no capture, or that cannot be followed for another reason.
PAUSE_SECONDS = 60


class _Ended(Exception):
    """The writer takes no more batches."""


@dataclass(frozen=True)
class Batch:
    """Events of one source database on their way to MySQL.

    :param feed: where they come from.
    :param captured: the events as the source has them, of long images excerpts; none for events of the feed's own.
    :param encoded: the events as they go to MySQL, in the same order.
    :param after: the position behind them.
    :param read_at: the source's clock when they were read, UTC, without time zone.
    :param polled_at: this process's clock at that moment, monotonic seconds.
    :param size: about how many bytes they hold.
    :param quarantined: how many of them could not be read.
    """

    feed: SourceFeed
    captured: list[SourceEvent]
    encoded: list[EncodedEvent]
    after: Position
    read_at: datetime
    polled_at: float
    size: int = 0
    quarantined: int = 0


def rows_of(encoded: list[EncodedEvent]) -> int:
    """How many rows of MySQL are written for events."""
    return sum(1 + len(event.tables) for event in encoded)


class SourceFeed(Thread):
    """Reads the outbox of one source database, offers its events in batches, and clears the delivered ones.

    :param source: short name of the source database.
    :param connection: where it is.
    :param position: up to where it is delivered.
    :param last_number: the greatest number of the source's own that is delivered; None if there is none.
    :param offer: takes the batches that are ready.
    :param ended: set when the writer takes no more batches.
    :param view: where the figures go.
    :param memory: what the feeds of a task share.
    :param line_bytes: the most bytes of a row of MySQL.
    """

    def __init__(
        self,
        source: str,
        connection: Connection,
        position: Position,
        last_number: int | None,
        offer: SimpleQueue[Batch],
        ended: Event,
        view: SourceView,
        memory: Memory,
        line_bytes: int,
    ):
        super().__init__(name=f"audit-{source}", daemon=True)
        self.source = source
        self.connection = connection
        self.position = position
        self.last_number = last_number
        self.offer = offer
        self.ended = ended
        self.view = view
        self.memory = memory
        self.line_bytes = line_bytes
        self._free = Semaphore(BATCHES_UNDER_WAY)
        self._delivered: deque[list[int]] = deque()
        self._last_offered = position
        self._watch = CaptureWatch(source)
        self._to_say: list[AuditEvent] = []

    def run(self) -> None:
        """Follow the source until ended, whatever happens to its server."""
        failures = 0
        while not self.ended.is_set():
            try:
                with closing(Outbox.connect(self.connection)) as outbox:
                    if outbox.is_installed():
                        position = self._resume(outbox)
                        self.view.followed("streaming")
                        failures = 0
                        self._follow(outbox, position)
                    else:
                        self._without_capture()
            except _Ended:
                return
            except MySQLError as lost:
                # Where MySQL itself is lost, the writer ends, and this feed with it.
                self.view.state = f"no MySQL: {lost}"
                self.ended.wait(RETRY_SECONDS[min(failures, len(RETRY_SECONDS) - 1)])
                failures += 1
            except psycopg.OperationalError as lost:
                pause = RETRY_SECONDS[min(failures, len(RETRY_SECONDS) - 1)]
                failures += 1
                log.warning("%s: lost, trying again in %s s: %s", self.source, pause, lost)
                self.view.lost(f"lost: {lost}")
                self.ended.wait(pause)
            except Exception as error:
                # One source's trouble must not stop the others: they go on, and this one is tried again.
                log.exception("%s: cannot be followed, trying again in %s s", self.source, PAUSE_SECONDS)
                self.view.lost(f"failed: {error}")
                self.ended.wait(PAUSE_SECONDS)

    def _without_capture(self) -> None:
        """Wait for capture; report its absence if the source was captured before, or is on the list."""
        if self.position.cluster_id or self.source in routing().tables:
            self._offer_problems(self.position)
        self.view.followed("not captured: run platform_setup")
        self.view.counted(None)
        self.ended.wait(PAUSE_SECONDS)

    def delivered(self, batch: Batch, rows: int) -> None:
        """The writer calls it once a batch is committed in MySQL.

        :param batch: one of those offered, in order.
        :param rows: rows of MySQL written for it.
        """
        self.position = batch.after
        self._delivered.append([event.seq for event in batch.captured])
        self.memory.give_back(self.source, batch.size)
        self._free.release()
        if batch.captured:
            newest = batch.captured[-1].at
            self.last_number = max(self.last_number or 0, batch.captured[-1].seq)
            lag = batch.read_at - batch.captured[0].at + timedelta(seconds=time.monotonic() - batch.polled_at)
            self.view.delivered(len(batch.encoded), rows, lag, newest)
            self.view.quarantined += batch.quarantined

    def _resume(self, outbox: Outbox) -> Position:
        """Clear what MySQL has, and return where reading goes on: with all that is left in the outbox.

        :raises WillNotHeal: the source is in another cluster, and nobody has confirmed that it was moved there.
        """
        self._delivers_nothing()
        self._delivered.clear()
        self._last_offered = self.position
        with closing(Record(self.source, self.last_number)) as record:
            found = outbox.cluster()
            if self.position.cluster_id not in (None, found):
                info = outbox.session.info
                move = moved(record, self.position, found, f"{info.dbname} at {info.host}")
                return self._deliver_moved(outbox, record, move)
            if alarm := set_back(outbox, record, self.position):
                name, text = alarm
                log.error("%s: %s", self.source, text)
                self._to_say.append(seen(self.source, "source_set_back", text, utc_now(), name))
            clear_delivered(outbox, record, outbox.left_over(self.position))
        return Position(done_snapshot=NOTHING_SEEN, cluster_id=found)

    def _deliver_moved(self, outbox: Outbox, record: Record, move: Move) -> Position:
        """Deliver and clear all that is in the outbox of a source that was moved; then follow its new cluster.

        The transactions of these events mean nothing there, so they are read by number. Until all are delivered, the
        stored position remains that of the old cluster: whoever is interrupted begins anew.
        """
        self.view.followed(f"delivers what was moved to cluster {move.new}")
        snapshot, rows = outbox.present()
        cleared, waiting = clear_delivered(outbox, record, outbox.events_of(rows))
        severity, text = account_of_move(record, move, cleared, waiting)
        encoder = EventEncoder(self.source, outbox.version, self.line_bytes)
        clearing = _Clearing(outbox, self._delivered)
        for start in range(0, len(rows), BATCH_EVENTS):
            some = rows[start : start + BATCH_EVENTS]
            place = Position(NOTHING_SEEN, snapshot, some[0] - 1)
            while place.reading_snapshot:
                reading = outbox.read_rows(some, place, BATCH_EVENTS)
                place = self._offer_events(outbox, encoder, reading, place, self.position).position
                clearing.when_due(BUSY_CLEAR_SECONDS)
        self._delivers_nothing()
        clearing.when_due(0)
        position = Position(done_snapshot=snapshot, cluster_id=move.new)
        log.warning("%s: %s", self.source, text)
        self._say([seen(self.source, "source_moved", text, utc_now(), severity=severity)], position)
        return position

    def _delivers_nothing(self) -> None:
        """Wait until nothing that was offered is under way."""
        for _ in range(BATCHES_UNDER_WAY):
            self._acquire_slot()
        self._free.release(BATCHES_UNDER_WAY)

    def _follow(self, outbox: Outbox, position: Position) -> None:
        encoder = EventEncoder(self.source, outbox.version, self.line_bytes)
        clearing = _Clearing(outbox, self._delivered)
        self._watch.follow(outbox.session)
        while not self.ended.is_set():
            with self.view.asking():
                self._watch.before_reading(position)
                found = outbox.read(position, BATCH_EVENTS)
            reading = self._offer_events(outbox, encoder, found, position)
            position = reading.position
            with self.view.asking():
                self._watch.after_reading(reading)
                clearing.when_due(BUSY_CLEAR_SECONDS if reading.events else CLEAR_SECONDS)
            if self._watch.is_due:
                with self.view.asking():
                    self.view.counted(outbox.waiting())
                self._offer_problems(position)
            if not position.reading_snapshot:
                self._say(self._to_say, position)
                self._to_say = []
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

    def _offer_events(
        self, outbox: Outbox, encoder: EventEncoder, reading: Reading, before: Position, stored: Position | None = None
    ) -> Reading:
        """Offer what was found, if anything was; returns it, or the part of it that is offered.

        :param before: where the reading began.
        :param stored: the position to be stored with the events; by default the one behind them.
        """
        polled_at = time.monotonic()
        if reading.large_row:
            # One source at a time: until it is offered, nobody counts what it holds.
            with self.memory.large:
                with self.view.asking():
                    reading = outbox.read_part(reading, before)
                self._offer_encoded(encoder, reading, stored, polled_at)
        elif reading.events:
            self._offer_encoded(encoder, reading, stored, polled_at)
        return reading

    def _offer_encoded(
        self, encoder: EventEncoder, reading: Reading, stored: Position | None, polled_at: float
    ) -> None:
        encoded, poison = self._encode(encoder, reading.events)
        captured = reading.events
        if reading.bytes > MEASURED_BYTES:
            captured = [_light(event) for event in captured]
            reading.events[:] = captured  # what reads on must not keep the images
        size = size_of(reading.bytes, encoded)
        after = stored or reading.position
        self._offer(Batch(self, captured, encoded, after, reading.read_at, polled_at, size, poison))

    def _offer_problems(self, position: Position) -> None:
        """Put on record what is newly wrong with the capture."""
        self._say(self._watch.new_problems(), position)

    def _say(self, events: list[AuditEvent], position: Position) -> None:
        """Put events of the feed's own on record, if there are any."""
        if events:
            encoded = [encode(event) for event in events]
            self._offer(Batch(self, [], encoded, position, utc_now(), time.monotonic()))

    def _offer(self, batch: Batch) -> None:
        """Offer a batch once there is room for it.

        :raises _Ended: the writer takes no more batches.
        """
        self._acquire_slot()
        while not self.memory.take(self.source, batch.size, timeout=0.1):
            if self.ended.is_set():
                raise _Ended
        self._last_offered = batch.after
        self.offer.put(batch)

    def _acquire_slot(self) -> None:
        """Block until a slot is free. The caller must offer a batch: only its delivery frees the slot.

        :raises _Ended: the writer takes no more batches.
        """
        while not self._free.acquire(timeout=0.1):
            if self.ended.is_set():
                raise _Ended

    def _encode(self, encoder: EventEncoder, events: list[SourceEvent]) -> tuple[list[EncodedEvent], int]:
        """The encoded events, and how many of them are in quarantine because they could not be read."""
        poison: list[tuple[SourceEvent, Exception]] = []
        encoded = []
        for event in events:
            try:
                encoded.append(encoder.encode(event))
            except psycopg.Error:
                raise
            except Exception as error:  # no event, whatever is wrong with it, stops the others
                encoded.append(encode(quarantined(self.source, event, error, self.line_bytes)))
                poison.append((event, error))
        if poison:
            log_quarantined(self.source, len(poison), *poison[0])
        return encoded, len(poison)


def _light(event: SourceEvent) -> SourceEvent:
    """The event with excerpts of its images where these are long."""
    if len(event.before or "") + len(event.after or "") <= LIGHT_CHARACTERS:
        return event
    return event._replace(before=event.before and excerpt(event.before), after=event.after and excerpt(event.after))


class _Clearing:
    """Removes delivered events from an outbox, many at a time.

    :param outbox: where they are removed.
    :param delivered: numbers of events that are committed in MySQL, in order; the clearing takes them out.
    """

    def __init__(self, outbox: Outbox, delivered: deque[list[int]]):
        self.outbox = outbox
        self.delivered = delivered
        self.seqs: list[int] = []
        self.cleared_at = time.monotonic()

    def when_due(self, seconds: float) -> None:
        """Clear if there are CLEAR_EVENTS, or the last clearing is ``seconds`` ago."""
        while self.delivered:
            self.seqs += self.delivered.popleft()
        if len(self.seqs) >= CLEAR_EVENTS or time.monotonic() > self.cleared_at + seconds:
            self.now()

    def now(self) -> None:
        """Clear all that is delivered."""
        if self.seqs:
            self.outbox.clear(self.seqs)
            self.seqs = []
        self.cleared_at = time.monotonic()
