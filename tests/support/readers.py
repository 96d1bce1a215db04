"""Dashboards that read the tests' table continuously while it is published again and again."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from time import monotonic, perf_counter, sleep

import MySQLdb

from tests.support.faults.faults import PROCESSES, ScratchTable, root
from tests.support.servers import use

# Like the pause of a dashboard between reads; without it the publishing task would get no processor.
PAUSE_SECONDS = 0.001
PUBLISHING_SECONDS = 900
CONTENT = "SELECT COUNT(*), SUM(quantity), MIN(note), MAX(note) FROM fault_tests_db.fault_rows"


class Readers:
    """What the readers have seen.

    :ivar seen: how often each content of the table, or error, was read; complete once they have ended.
    :ivar seconds: how long each read took; complete once they have ended.
    """

    def __init__(self):
        self.seen: Counter = Counter()
        self.seconds: list[float] = []
        self._reads = PROCESSES.Value("q")

    @property
    def reads(self) -> int:
        """The number of reads up to now."""
        return self._reads.value


@contextmanager
def readers(count: int) -> Iterator[Readers]:
    """Let processes read the table for as long as the context lasts.

    :param count: the number of processes.
    """
    result, done = Readers(), PROCESSES.Event()
    pipes = []
    for _ in range(count):
        pipe, child = PROCESSES.Pipe()
        PROCESSES.Process(target=_read, args=(child, done, result._reads, dict(os.environ)), daemon=True).start()
        pipes.append(pipe)
    try:
        yield result
    finally:
        done.set()
        for pipe in pipes:
            assert pipe.poll(30), "a reader did not end within 30 s"
            seen, seconds = pipe.recv()
            result.seen += seen
            result.seconds += seconds


def _read(pipe, done, reads, variables: dict[str, str]) -> None:
    use(variables)
    seen, seconds = Counter(), []
    with closing(root()) as connection, connection.cursor() as cursor:
        while not done.is_set():
            began = perf_counter()
            try:
                cursor.execute(CONTENT)
                content = cursor.fetchone()
            except MySQLdb.Error as error:
                content = repr(error)
            seconds.append(perf_counter() - began)
            seen[content] += 1
            with reads.get_lock():
                reads.value += 1
            sleep(PAUSE_SECONDS)
    pipe.send((seen, seconds))


def publish_versions(table: ScratchTable, readers: Readers, publishes: int, reads: int) -> int:
    """Publish version after version of all rows, by window and by swap in turn, and return how many there were.

    :param publishes: how many versions at least.
    :param reads: how many reads there must have been, in the end, at least.
    :raises AssertionError: the reads did not come within PUBLISHING_SECONDS.
    """
    version, deadline = 0, monotonic() + PUBLISHING_SECONDS
    while version < publishes or readers.reads < reads:
        assert monotonic() < deadline, (
            f"gave up after {PUBLISHING_SECONDS} s waiting for {reads:,} reads and {publishes} published versions: "
            f"{readers.reads:,} reads, {version} versions"
        )
        version += 1
        table.number(version)
        table.load(rebuild=version % 2 == 0)
    return version


def violations(readers: Readers, rows: int, versions: int) -> list:
    """What readers saw other than a whole version of the table: empty, partial or mixed content, or an error.

    :param rows: the number of rows of every version.
    """
    whole = {(rows, rows * version, f"version {version}", f"version {version}") for version in range(versions + 1)}
    return sorted(str(content) for content in readers.seen if content not in whole)
