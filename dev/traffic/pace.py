"""Keeps all writers together at a number of statements per second."""

from __future__ import annotations

import threading
import time


class Pace:
    """A schedule that writers share.

    :param rate: statements per second, of all writers together.
    """

    def __init__(self, rate: float):
        self.rate = rate
        self.statements = 0
        self._lock = threading.Lock()
        self._next = time.monotonic()

    def wait(self, stop: threading.Event) -> None:
        """Wait until the next transaction is due, or the traffic is to stop."""
        with self._lock:
            # Time lost to a slow server is lost: making up for it would be a burst, not traffic.
            self._next = max(self._next, time.monotonic() - 1)
            delay = self._next - time.monotonic()
        stop.wait(max(delay, 0))

    def count(self, statements: int) -> None:
        """Delay the next transaction by the time that these statements take at the given rate."""
        with self._lock:
            self.statements += statements
            self._next += statements / self.rate
