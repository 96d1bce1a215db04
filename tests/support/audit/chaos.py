"""Writers write while processes and servers are killed. In the end no event is lost or doubled."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg

from dev.stack import Stack
from genims.core.settings import settings
from genims.core.sources import SOURCES
from tests.support.audit.stream_process import StreamProcess
from tests.support.audit.streaming import WAITING
from tests.support.audit.traffic import NUMBERS, numbers, pgbench, prepare, unruly_script
from tests.support.faults.faults import PROCESSES, end_of, query, until
from tests.support.servers import source_owner
from tests.support.source_rows import SourceRows

# So that a killed stream is at work again at once, as a task of Airflow is.
PROCESSES.set_forkserver_preload([__name__])

WRITERS = 8
TRANSACTIONS = 200
# Writers pause while this many events wait, so that every fault hits a stream that keeps up with them.
BACKLOG = 20_000
REPORT_SECONDS = 15
# Nothing written and nothing delivered for this long: the stream hangs.
STALLED_SECONDS = 120

# Writers write in all of them.
DATABASES = tuple(NUMBERS)

WHOLE = """
SELECT COUNT(*), MAX(audit_sequence), COUNT(DISTINCT source_sequence)
FROM system_audit_log
WHERE source_database = %s AND audit_sequence > %s AND source_sequence IS NOT NULL
"""
WRITING = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'pgbench'"
LAST = "SELECT source_database, last_audit_sequence FROM audit_sequence_manager"


@dataclass(frozen=True)
class Plan:
    """How much is written, and how often each disturbance happens.

    :param events: the least number of changes.
    :param rate: transactions per second of each writer, of about five events.
    :param kills: how often the streaming process is killed.
    :param mysql_restarts: how often MySQL is killed and started again; ``postgres_restarts`` likewise.
    :param second_copies: how often a second streaming process is started beside the first.
    """

    events: int
    rate: float
    kills: int
    mysql_restarts: int
    postgres_restarts: int
    second_copies: int


@dataclass
class Outcome:
    """What the audit tables say in the end.

    :param written: changes that the sources hold.
    :param delivered: changes in the audit tables.
    :param done: how often each disturbance happened.
    :param rows: rows of the sources that were compared, change by change.
    :param lost: changes that are missing.
    :param doubled: changes that are recorded twice, or were rolled back in the source.
    :param misplaced: rows whose changes are complete, in another order.
    :param faults: a sentence for each row and each source database that is not right.
    """

    done: Counter = field(default_factory=Counter)
    written: int = 0
    delivered: int = 0
    rows: int = 0
    lost: int = 0
    doubled: int = 0
    misplaced: int = 0
    faults: list[str] = field(default_factory=list)
    seconds: float = 0

    def compare(self, source: str, key: str, number: int, seen: list[int]) -> None:
        """Compare the delivered changes of a row with their number in the source."""
        self.rows += 1
        self.written += number
        self.delivered += len(seen)
        lost = set(range(1, number + 1)) - set(seen)
        doubled = len(seen) - (number - len(lost))
        misplaced = not lost and not doubled and seen != sorted(seen)
        self.lost += len(lost)
        self.doubled += doubled
        self.misplaced += misplaced
        if lost or doubled or misplaced:
            order = "in another order" if misplaced else "in order"
            what = f"lost {len(lost)} {sorted(lost)[:5]}, doubled {doubled}, {order}"
            self.faults.append(f"{source} {key}: of {number} changes {what}")


def run(stack: Stack, plan: Plan, seed: int = 1) -> Outcome:
    """Carry out the plan, let the stream deliver everything, and count.

    :raises AssertionError: for STALLED_SECONDS nothing was written and nothing delivered.
    """
    return _Chaos(stack, plan, random.Random(seed)).run()


class _Chaos:
    def __init__(self, stack: Stack, plan: Plan, chance: random.Random):
        self.stack = stack
        self.plan = plan
        self.chance = chance
        self.rows = SourceRows(source_owner(stack.env))
        self.began = time.monotonic()
        self.done: Counter = Counter()
        self.written = 0
        self.waiting = 0
        self._reported_at = self.began
        self._moved_at = self.began

    def run(self) -> Outcome:
        prepare(self.rows, DATABASES)
        self.streaming = StreamProcess(list(SOURCES))
        writing = threading.Event()
        try:
            self._until(lambda: self.waiting == 0)
            before = last_numbers()
            writing.set()
            with self._writers(writing):
                for at, disturb in self._disturbances():
                    self._until(lambda at=at: self.written >= at)
                    disturb()
                self._until(lambda: self.written >= self.plan.events)
                writing.clear()
            self._until(lambda: self.rows.connect("erp").execute(WRITING).fetchone()[0] == 0)
            self._until(lambda: self.waiting == 0)
            found = compared(self.rows, before, DATABASES)
        finally:
            self.streaming.kill()
            self.rows.close()
        return replace(found, done=self.done, seconds=time.monotonic() - self.began)

    # Writers --------------------------------------------------------------------------------------------------------

    @contextmanager
    def _writers(self, writing: threading.Event) -> Iterator[None]:
        with TemporaryDirectory() as folder:
            writers = [
                threading.Thread(
                    target=self._write, args=(Path(folder), writing, random.Random(n)), name=f"writer-{n}", daemon=True
                )
                for n in range(WRITERS)
            ]
            for writer in writers:
                writer.start()
            try:
                yield
            finally:
                writing.clear()
                for writer in writers:
                    end_of(writer)

    def _write(self, folder: Path, writing: threading.Event, chance: random.Random) -> None:
        """One writer: some transactions in one database, then some in another; it retries a lost server."""
        server = source_owner(self.stack.env)
        while writing.is_set():
            if self.waiting > BACKLOG:
                time.sleep(0.1)
                continue
            database = chance.choice(DATABASES)
            options = [f"--rate={self.plan.rate}", f"--transactions={TRANSACTIONS}"]
            options.append(f"--random-seed={chance.randrange(2**31)}")
            process = pgbench(server, database, unruly_script(folder, database), *options)
            while process.poll() is None and writing.is_set():
                time.sleep(0.05)
            process.kill()
            process.wait()

    # Progress -------------------------------------------------------------------------------------------------------

    def _until(self, reached: Callable[[], bool]) -> None:
        """Look at sources and outboxes until ``reached`` is true; print the progress from time to time."""
        self._look()
        while not reached():
            time.sleep(0.2)
            self._look()

    def _look(self) -> None:
        now, before = time.monotonic(), (self.written, self.waiting)
        try:
            self.written = sum(numbers(self.rows, DATABASES).values())
            self.waiting = sum(self.rows.connect(source).execute(WAITING).fetchone()[0] for source in SOURCES)
        except psycopg.OperationalError:
            self.rows.close()  # it is being restarted
        if (self.written, self.waiting) != before:
            self._moved_at = now
        assert now < self._moved_at + STALLED_SECONDS, f"nothing moves any more: {self._progress(now)}"
        if now > self._reported_at + REPORT_SECONDS:
            print(self._progress(now), flush=True)
            self._reported_at = now

    def _progress(self, now: float) -> str:
        done = ", ".join(f"{name} {self.done[name]}" for name in self._intended())
        return (
            f"{now - self.began:6.0f} s: written {self.written:,} of {self.plan.events:,}, "
            f"waiting in the outboxes {self.waiting:,}; {done}"
        )

    # Disturbances ---------------------------------------------------------------------------------------------------

    def _intended(self) -> dict[str, int]:
        return {
            "kills": self.plan.kills,
            "restarts of MySQL": self.plan.mysql_restarts,
            "restarts of PostgreSQL": self.plan.postgres_restarts,
            "second copies": self.plan.second_copies,
        }

    def _disturbances(self) -> list[tuple[float, Callable[[], None]]]:
        """The disturbances in order, each with the random number of written events at which it happens."""
        ways = {
            "kills": self._kill,
            "restarts of MySQL": lambda: self._restart("mysql"),
            "restarts of PostgreSQL": lambda: self._restart("postgres"),
            "second copies": self._second_copy,
        }
        names = list(self.chance.sample([*Counter(self._intended()).elements()], sum(self._intended().values())))
        moments = sorted(self.chance.uniform(0, self.plan.events) for _ in names)

        def counted(name: str) -> None:
            time.sleep(self.chance.uniform(0, 0.3))
            ways[name]()
            self.done[name] += 1

        return [(moment, partial(counted, name)) for moment, name in zip(moments, names, strict=True)]

    def _kill(self) -> None:
        self.streaming.kill()
        self.streaming = StreamProcess(list(SOURCES))

    def _second_copy(self) -> None:
        """Start a second process beside the first, then kill the first."""
        second = StreamProcess(list(SOURCES))
        time.sleep(self.chance.uniform(0, 1))
        self.streaming.kill()
        self.streaming = second

    def _restart(self, service: str) -> None:
        kill_server(self.stack, service)
        self.stack.up(only=[service], sample_data=False)


def last_numbers() -> dict[str, int]:
    """The last number in the audit trail of each source."""
    return dict(query(LAST, database=settings().mysql_audit_db))


def compared(rows: SourceRows, before: dict[str, int], databases: Sequence[str]) -> Outcome:
    """Compare the numbers that the sources hold with those in the audit tables, change by change.

    :param before: the last number in the audit trail of each source before its rows were changed.
    """
    found = Outcome()
    expected = numbers(rows, databases)
    audit = settings().mysql_audit_db
    for source in databases:
        after = before.get(source, 0)
        seen: dict[str, list[int]] = defaultdict(list)
        for key, number in query(NUMBERS[source].delivered, (source, after), database=audit):
            seen[key].append(number)
        for (_, key), number in ((row, number) for row, number in expected.items() if row[0] == source):
            found.compare(source, key, number, seen[key])
        [(events, last, distinct)] = query(WHOLE, (source, after), database=audit)
        if distinct != events:
            found.faults.append(f"{source}: {events} events, but {distinct} numbers of the source")
        if (last or after) - after < events:
            found.faults.append(f"{source}: {events} events after {after}, but the last number is {last}")
    return found


def kill_server(stack: Stack, service: str) -> None:
    """End a server as a power cut does."""
    [process] = [found.pid for found in stack.status() if found.service == service]
    os.kill(process, signal.SIGKILL)
    until(
        lambda: not any(found.pid for found in stack.status() if found.service == service),
        what=f"the killed {service} to end",
    )
