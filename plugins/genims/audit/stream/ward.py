"""Where a source waits of which MySQL has refused an event, so that no other source waits with it."""

from __future__ import annotations

import logging
import time
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock

from MySQLdb import MySQLError
from MySQLdb.connections import Connection

from genims.audit.format.encoded_event import EncodedEvent, encode
from genims.audit.ledger.ledger import Appending, Ledger
from genims.audit.ledger.position import Position
from genims.audit.ledger.refused import refused_events
from genims.audit.stream.incidents import log_quarantined, quarantined, seen
from genims.audit.stream.source_feed import Batch, rows_of
from genims.core.clock import utc_now
from genims.core.errors import Fenced

log = logging.getLogger(__name__)

# How long the batches of a source come here after an event was refused: there may be more of the kind.
SUSPECT_SECONDS = 60


class Ward:
    """Writes the batches of suspect sources, one after the other, on a session of its own.

    :param session: of the audit writer.
    :param ledgers: those of all sources, by source.
    :ivar thread: waits for MySQL.
    """

    def __init__(self, session: Connection, ledgers: dict[str, Ledger]):
        self.session = session
        self.ledgers = ledgers
        self.thread = ThreadPoolExecutor(1, "audit-ward")
        self._done: deque[Future] = deque()
        self._lock = Lock()
        self._batches: list[Batch] = []
        self._suspect_until: dict[str, float] = {}

    @property
    def at_work(self) -> set[str]:
        """The sources that have a batch here: nobody else may use their ledgers."""
        with self._lock:
            return {batch.feed.source for batch in self._batches}

    def take_in(self, batches: list[Batch], why: Exception) -> None:
        """Take the batches of a transaction that MySQL has refused.

        :param batches: nothing of them is written, and their ledgers stand before them.
        :param why: the refusal.
        """
        log.warning("An event does not fit into the audit tables; its source goes on by itself: %s", why)
        self._begin(batches, self._part)

    def admit(self, ready: deque[Batch]) -> deque[Batch]:
        """Take the batches of sources that are suspect, or have others here; returns the rest.

        :param ready: batches in order.
        :raises MySQLError: the session is lost.
        :raises Fenced: another writer has taken over a source.
        """
        self.look_after()
        taken = self.at_work | self._suspect_until.keys()
        if not taken:
            return ready
        for batch in ready:
            if batch.feed.source in taken:
                self._begin([batch], self._write_all)
        return deque(batch for batch in ready if batch.feed.source not in taken)

    def look_after(self) -> None:
        """Pass on errors, and forget suspicions that have not been confirmed for a while.

        :raises MySQLError: the session is lost.
        :raises Fenced: another writer has taken over a source.
        """
        while self._done and self._done[0].done():
            self._done.popleft().result()
        if self._suspect_until:
            now = time.monotonic()
            with self._lock:
                self._suspect_until = {source: end for source, end in self._suspect_until.items() if end > now}

    def settle(self) -> None:
        """Wait until all is written; errors as for ``look_after``."""
        while self._done:
            self._done[0].exception()
            self.look_after()

    def _begin(self, batches: list[Batch], write) -> None:
        with self._lock:
            self._batches += batches
        self._done.append(self.thread.submit(write, batches))

    def _part(self, batches: list[Batch]) -> None:
        """Write whole what is not to blame, and then the rest."""
        by_source: dict[str, list[Batch]] = {}
        for batch in batches:
            by_source.setdefault(batch.feed.source, []).append(batch)
        refused = [own for own in by_source.values() if len(by_source) == 1 or not self._are_written(own)]
        for own in refused:
            self._write_all(own)

    def _are_written(self, batches: list[Batch]) -> bool:
        """Write the batches of a source in one transaction, if MySQL takes them."""
        encoded = [event for batch in batches for event in batch.encoded]
        if self._refusal(batches[0].feed.source, encoded, batches[-1].after):
            return False
        for batch in batches:
            self._deliver(batch, batch.encoded)
        return True

    def _write_all(self, batches: list[Batch]) -> None:
        for batch in batches:
            source, encoded = batch.feed.source, batch.encoded
            while why := self._refusal(source, encoded, batch.after):
                if encoded is not batch.encoded:
                    raise why  # what stands for a refused event is refused itself: an error in this package
                with self._lock:
                    self._suspect_until[source] = time.monotonic() + SUSPECT_SECONDS
                encoded = self._with_quarantine(batch, why)
            self._deliver(batch, encoded)

    def _refusal(self, source: str, encoded: list[EncodedEvent], position: Position) -> Exception | None:
        """Write events of a source; returns why MySQL refuses them, None if they are written."""
        appending = Appending([(self.ledgers[source], encoded, position, False)])
        try:
            appending.write(self.session)
        except (MySQLError, Fenced):
            raise
        except Exception as why:  # kept in the quarantine of the events
            appending.undo()
            return why
        return None

    def _with_quarantine(self, batch: Batch, why: Exception) -> list[EncodedEvent]:
        """The events of a batch, with others in place of those that MySQL refuses."""
        source = batch.feed.source
        ledger = self.ledgers[source]
        refused = refused_events(self.session, ledger, batch.encoded) or range(len(batch.encoded))
        encoded = list(batch.encoded)
        if not batch.captured:
            log.error("%s: an event of the stream's own is refused: %s", source, why)
            return [encode(seen(source, "event_quarantined", f"An event of the stream's own: {why}", utc_now()))]
        for place in refused:
            encoded[place] = encode(quarantined(source, batch.captured[place], why, ledger.intake.line_bytes))
        batch.feed.view.quarantined += len(refused)
        log_quarantined(source, len(refused), batch.captured[refused[0]], why)
        return encoded

    def _deliver(self, batch: Batch, encoded: list[EncodedEvent]) -> None:
        with self._lock:
            self._batches = [other for other in self._batches if other is not batch]
        batch.feed.delivered(batch, rows_of(encoded))
