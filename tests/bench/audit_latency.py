"""From the change in PostgreSQL to the commit in MySQL, all routing, hashing and chaining included.

Measured from before the commit in the source (when the trigger wrote the event) until MySQL's answer to the commit, so
a little more than the limits cover. The floor and the machine's speed at that moment are printed too: at 6,000 events a
second the writers take a third of two cores, and the stream depends on the rest.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import psycopg

from genims.audit.stream.source_feed import Batch, SourceFeed
from genims.audit.stream.stream import AuditStream
from genims.core.sources import SOURCES
from genims.operators.audit_stream import make_ready
from tests.bench.audit_floor import BareStream
from tests.support.audit.streaming import delivered
from tests.support.audit.traffic import TABLES, prepare, writers
from tests.support.servers import source_owner
from tests.support.source_rows import SourceRows

# Rows that are changed in each source. With a few hundred, an open transaction would keep a long chain of versions of
# each, which slows the writers down: their processor time doubles within two minutes.
ROWS = 2_000
WARM_UP_SECONDS = 3
EMPTY_SECONDS = 300
LIMITS = {2_000: (60, 200), 6_000: (None, 500)}
FLOOR = "the floor: two plain tables, 6,000 events/s"
# Iterations of the fixed loop: 30 to 60 ms on the machine of the recorded figures.
LOOPS = 2_000_000


@dataclass(frozen=True)
class Latency:
    """Milliseconds of one load.

    :param rate: the intended events per second.
    :param loop: milliseconds of a fixed Python loop, the mean of before and after: less on a faster machine.
    """

    name: str
    rate: int
    loop: float
    events: int
    seconds: float
    p50: float
    p99: float
    worst: float

    def __str__(self) -> str:
        p50, p99 = LIMITS[self.rate]
        limits = "" if self.name == FLOOR else f"   {p50 or '-'} / {p99}"
        return (
            f"{self.name:50} {self.events / self.seconds:9,.0f} {self.p50:7.0f} {self.p99:7.0f} {self.worst:7.0f} "
            f"{self.loop:7.0f}{limits}"
        )

    def faults(self) -> list[str]:
        """What is not as promised."""
        if self.name == FLOOR:
            return []
        p50, p99 = LIMITS[self.rate]
        found = [f"{self.name}: p99 {self.p99:.0f} ms, limit {p99}"] if self.p99 > p99 else []
        return found + ([f"{self.name}: p50 {self.p50:.0f} ms, limit {p50}"] if p50 and self.p50 > p50 else [])


def run(seconds: int = 300) -> list[str]:
    """2,000 events a second, the same beside a transaction that is left open, and 6,000; returns what is too slow.

    Each source has a writer that loops in its server: transactions like those of clients, without the network.

    :param seconds: how long each is measured.
    """
    server = source_owner(dict(os.environ))
    make_ready()
    loads = [
        ("2,000 events/s", 2_000, 1, None),
        ("the same, a transaction open in another database", 2_000, 1, "operations"),
        (FLOOR, 6_000, 1, None),
        ("6,000 events/s", 6_000, 1, None),
        ("the same, five in a transaction", 6_000, 5, None),
    ]
    print(f"\nCommit in PostgreSQL to commit in MySQL, milliseconds, over {seconds} s")
    print(f"{'':50} {'events/s':>9} {'p50':>7} {'p99':>7} {'worst':>7} {'loop':>7}   limit p50 / p99")
    faults = []
    for name, rate, rows_each, idle in loads:
        found = measured(server, name, rate, rows_each, seconds, idle)
        print(found, flush=True)
        faults += found.faults()
    return faults


def measured(server: str, name: str, rate: int, rows_each: int, seconds: float, idle: str | None = None) -> Latency:
    """Run the writers and the stream side by side.

    :param rows_each: rows changed by a transaction, 1 or 5.
    :param idle: a database in which a transaction is held open.
    """
    before = _loop()
    with ExitStack() as stack:
        if idle:
            session = stack.enter_context(psycopg.connect(server, dbname=SOURCES[idle]))
            session.execute("SELECT pg_current_xact_id()")
        rows = stack.enter_context(closing(SourceRows(server)))
        prepare(rows, rows=ROWS)
        lags = stack.enter_context(_lags_of_the_floor() if name == FLOOR else _lags())
        delivered(rows, list(TABLES), EMPTY_SECONDS)  # the rest of the load before
        load = writers(server, rate / rows_each, WARM_UP_SECONDS + seconds + 1, together=rows_each, rows=ROWS)
        stack.enter_context(load)
        time.sleep(WARM_UP_SECONDS)
        lags.clear()
        time.sleep(seconds)
        found = sorted(lags)
    loop = (before + _loop()) / 2
    return Latency(name, rate, loop, len(found), seconds, *(_percentile(found, share) for share in (0.5, 0.99, 1)))


@contextmanager
def _lags() -> Iterator[list[float]]:
    """Stream inside; yields the lags of all delivered events, in seconds."""
    lags: list[float] = []
    delivered = SourceFeed.delivered

    def recorded(feed: SourceFeed, batch: Batch, rows: int) -> None:
        now = datetime.now(UTC).replace(tzinfo=None)
        lags.extend((now - event.at).total_seconds() for event in batch.captured)
        delivered(feed, batch, rows)

    SourceFeed.delivered = recorded
    stream = AuditStream(list(SOURCES))
    stream.start()
    try:
        yield lags
    finally:
        stream.stop()
        SourceFeed.delivered = delivered


@contextmanager
def _lags_of_the_floor() -> Iterator[list[float]]:
    stream = BareStream()
    stream.start()
    try:
        yield stream.lags
    finally:
        stream.stop()


def _loop() -> float:
    """Milliseconds that a fixed loop takes."""
    began = time.perf_counter()
    for _ in range(LOOPS):
        pass
    return (time.perf_counter() - began) * 1000


def _percentile(values: list[float], share: float) -> float:
    return values[min(int(len(values) * share), len(values) - 1)] * 1000 if values else float("nan")
