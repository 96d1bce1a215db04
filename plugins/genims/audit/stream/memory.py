"""Bounds what all sources of a task hold in memory: large rows of one neither end the task nor starve another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from threading import Condition, Lock

from genims.audit.format.encoded_event import EncodedEvent

# Batches that are read and not yet delivered.
TASK_BYTES = 48 << 20
# The share of one source, unless a single batch has more.
SOURCE_BYTES = 12 << 20
# Up to this size, canonical text is taken for twice as long as its images, and not measured.
MEASURED_BYTES = 256 << 10


class Memory:
    """What the sources of a task share.

    :ivar large: held by the one source that reads a row which is too large for a batch.
    """

    def __init__(self):
        self.large = Lock()
        self._held: Counter[str] = Counter()
        self._all = 0
        self._changed = Condition()

    def take(self, source: str, size: int, timeout: float) -> bool:
        """Wait for room; returns whether there was some in time.

        :param source: who asks for it.
        :param size: how many bytes; there is always room for the first batch, however large.
        :param timeout: seconds.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: self._is_room(source, size), timeout):
                return False
            self._held[source] += size
            self._all += size
            return True

    def give_back(self, source: str, size: int) -> None:
        """Let others have it.

        :param source: who took it.
        :param size: as it was taken.
        """
        with self._changed:
            self._held[source] -= size
            self._all -= size
            self._changed.notify_all()

    def _is_room(self, source: str, size: int) -> bool:
        fits_all = not self._all or self._all + size <= TASK_BYTES
        return fits_all and (not self._held[source] or self._held[source] + size <= SOURCE_BYTES)


def size_of(image_bytes: int, encoded: Iterable[EncodedEvent]) -> int:
    """About how many bytes a batch holds.

    :param image_bytes: those of its images; above MEASURED_BYTES they are not kept.
    :param encoded: its events.
    """
    if image_bytes <= MEASURED_BYTES:
        return 3 * image_bytes
    return sum(len(event.system) + sum(map(len, event.fields)) for event in encoded)
