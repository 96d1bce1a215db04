"""Writers write, and meanwhile everything that can go wrong goes wrong. In the end no event is lost or doubled."""

from __future__ import annotations

import logging
import os
import random
import signal
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg

from dev.stack import Stack
from genims.audit import source_feed, stream  # noqa: F401 - for processes that are forked
from genims.settings import settings
from genims.sources import SOURCES
from tests.support.audit_traffic import TABLES, UNRULY, numbers, pgbench, prepare, script_for
from tests.support.faults import PROCESSES, query, until
from tests.support.servers import source_owner, use
from tests.support.source_rows import SourceRows

WRITERS = 8
TRANSACTIONS = 200
DRAINED_SECONDS = 600

IN_ORDER = """
SELECT source_database, audit_sequence, row_key, CAST(new_value AS UNSIGNED)
FROM data_change_audit
WHERE row_key LIKE 'AUDIT-%%' AND column_name IN %s
ORDER BY source_database, audit_sequence
"""
LAST = "SELECT source_database, last_audit_sequence FROM audit_sequence_manager"
WHOLE = """
SELECT
    source_database,
    COUNT(*),
    MAX(audit_sequence),
    COUNT(DISTINCT source_sequence)
FROM system_audit_log
WHERE source_sequence IS NOT NULL
GROUP BY source_database
"""


@dataclass(frozen=True)
class Plan:
    """How much is written and how often what happens.

    :param events: how many at least.
    :param rate: transactions per second of each writer, of about five events.
    :param kills: how often the streaming process is killed.
    :param second_copies: how often a second one is started while the first one runs.
    """

    events: int
    rate: float
    kills: int
    mysql_restarts: int
    postgres_restarts: int
    second_copies: int


@dataclass(frozen=True)
class Outcome:
    """What the audit tables say in the end.

    :param written: changes that the sources hold.
    :param delivered: changes in the audit tables.
    :param faults: a sentence for each row that misses a change, has one twice, or has them in another order.
    """

    written: int
    delivered: int
    faults: list[str]
    seconds: float


class StreamProcess:
    """The stream over all sources in a process of its own, as a worker of Airflow runs it."""

    def __init__(self):
        self._process = PROCESSES.Process(target=_stream, args=(dict(os.environ),), daemon=True)
        self._process.start()

    def kill(self) -> None:
        """``kill -9``."""
        self._process.kill()
        self._process.join(10)


def _stream(environment: dict[str, str]) -> None:
    logging.disable(logging.CRITICAL)
    os.environ.clear()
    use(environment)
    streaming = stream.AuditStream(list(SOURCES))
    streaming.start()
    streaming.join()


def run(stack: Stack, plan: Plan, seed: int = 1) -> Outcome:
    """Carry out the plan, then let the stream come to its end, and count."""
    chance = random.Random(seed)
    began = time.monotonic()
    rows = SourceRows(source_owner(stack.env))
    prepare(rows)
    before = dict(query(LAST, database=settings().mysql_audit_db))
    writing = threading.Event()
    writing.set()
    with TemporaryDirectory() as folder:
        writers = [
            threading.Thread(target=_write, args=(stack, Path(folder), plan.rate, writing, random.Random(n)))
            for n in range(WRITERS)
        ]
        for writer in writers:
            writer.start()
        streaming = StreamProcess()
        try:
            for disturb in _disturbances(stack, plan, chance):
                time.sleep(chance.uniform(0.05, 1))
                streaming = disturb(streaming)
            until(lambda: _written(stack) >= plan.events, seconds=DRAINED_SECONDS)
            writing.clear()
            for writer in writers:
                writer.join()
            until(lambda: _waiting(stack) == 0, seconds=DRAINED_SECONDS)
        finally:
            writing.clear()
            streaming.kill()
    return _outcome(SourceRows(source_owner(stack.env)), before, time.monotonic() - began)


def _disturbances(stack: Stack, plan: Plan, chance: random.Random) -> list[Callable]:
    """Each takes the streaming process, does its harm, and returns the process that streams from then on."""

    def kill(streaming: StreamProcess) -> StreamProcess:
        streaming.kill()
        return StreamProcess()

    def second_copy(streaming: StreamProcess) -> StreamProcess:
        second = StreamProcess()
        time.sleep(chance.uniform(0, 1))
        streaming.kill()
        return second

    def restart(service: str) -> Callable:
        def disturb(streaming: StreamProcess) -> StreamProcess:
            kill_server(stack, service)
            stack.up(only=[service], sample_data=False)
            return streaming

        return disturb

    found = (
        [kill] * plan.kills
        + [second_copy] * plan.second_copies
        + [restart("mysql")] * plan.mysql_restarts
        + [restart("postgres")] * plan.postgres_restarts
    )
    chance.shuffle(found)
    return found


def kill_server(stack: Stack, service: str) -> None:
    """End a server as a power cut does."""
    [process] = [found.pid for found in stack.status() if found.service == service]
    os.kill(process, signal.SIGKILL)
    until(lambda: not any(found.pid for found in stack.status() if found.service == service))


def _write(stack: Stack, folder: Path, rate: float, writing: threading.Event, chance: random.Random) -> None:
    """One writer: some transactions in one database, then some in another; a lost server is tried again."""
    server = source_owner(stack.env)
    while writing.is_set():
        database = chance.choice(list(TABLES))
        options = [f"--rate={rate}", f"--transactions={TRANSACTIONS}", f"--random-seed={chance.randrange(2**31)}"]
        process = pgbench(server, database, script_for(folder, database, UNRULY), *options)
        while process.poll() is None and writing.is_set():
            time.sleep(0.05)
        process.terminate()
        process.wait()


def _written(stack: Stack) -> int:
    try:
        return sum(numbers(SourceRows(source_owner(stack.env))).values())
    except psycopg.OperationalError:
        return 0


def _waiting(stack: Stack) -> int:
    count = "SELECT count(*) FROM genims_audit.event"
    rows = SourceRows(source_owner(stack.env))
    return sum(rows.connect(database).execute(count).fetchone()[0] for database in SOURCES)


def _outcome(rows: SourceRows, before: dict[str, int], seconds: float) -> Outcome:
    expected = numbers(rows)
    database = settings().mysql_audit_db
    columns = [column for _, _, column in TABLES.values()]
    seen: dict[tuple[str, str], list[int]] = defaultdict(list)
    for source, sequence, key, number in query(IN_ORDER, (columns,), database=database):
        if sequence > before.get(source, 0):
            seen[source, key].append(number)
    faults = [
        f"{source} {key}: expected 1 to {number}, found {seen[source, key]}"
        for (source, key), number in expected.items()
        if seen[source, key] != list(range(1, number + 1))
    ]
    for source, events, last, distinct in query(WHOLE, database=database):
        if source not in SOURCES:
            continue  # another test's
        if distinct != events:
            faults.append(f"{source}: {events} events, but {distinct} numbers of the source")
        if last < events:
            faults.append(f"{source}: {events} events, but the last number is {last}")
    delivered = sum(len(seen[row]) for row in expected)
    return Outcome(sum(expected.values()), delivered, faults, seconds)
