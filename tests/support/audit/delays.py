"""How long a writer of the audit database has to wait for anything else."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.support.servers import administrator

EVERY_SECONDS = 0.01


class Delays:
    """What the writer has seen: when each of its statements began, and how long it took, in seconds."""

    def __init__(self):
        self.seen: list[tuple[float, float]] = []

    @property
    def longest(self) -> float:
        """How long the slowest statement took, in seconds."""
        return max(seconds for _, seconds in self.seen)


@contextmanager
def writing(database: str, insert: str) -> Iterator[Delays]:
    """A session that inserts a row every 10 ms inside.

    :param insert: the statement; its placeholder takes the number of the row, from 1.
    """
    delays, done = Delays(), threading.Event()

    def write() -> None:
        with administrator(database) as connection, connection.cursor() as cursor:
            number = 0
            while not done.wait(EVERY_SECONDS):
                number += 1
                began = time.monotonic()
                cursor.execute(insert, (number,))
                delays.seen.append((began, time.monotonic() - began))

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield delays
    finally:
        done.set()
        thread.join()
