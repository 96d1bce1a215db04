"""Keeps the hashes of closed blocks in Blob Storage, out of reach of anyone who can change the database.

One append blob a day holds the lines that were written on it. Lines are only added, each at a place that was still
free; nothing is overwritten. Azure's immutability policies allow exactly that ("protected append writes"). The store
judges nothing: of a block that was rewritten it keeps both hashes, and the verification names it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import suppress
from datetime import date

from airflow.sdk.exceptions import AirflowNotFoundException

from genims.audit.evidence.anchor_lines import DayAnchors, Line, Surrounding, lines_in
from genims.core.errors import BlobMissing
from genims.core.settings import settings
from genims.hooks.blob import BlobContainer

log = logging.getLogger(__name__)

ANCHORS = "anchors/"
# A block that could not be anchored for this long is not proven, though it was anchored later.
LATE_DAYS = 31
REMEMBERED_DAYS = 4


class AnchorStore:
    """The container with the anchors.

    :raises airflow.sdk.exceptions.AirflowNotFoundException: no connection to Blob Storage is set.
    :raises genims.core.errors.BlobStorageError: Blob Storage did not answer; every method may raise it.
    """

    def __init__(self):
        self._container = BlobContainer(settings().genims_anchor_container)
        self._remembered: dict[date, list[Line]] = {}

    @classmethod
    def configured(cls) -> AnchorStore | None:
        """The store; None, and a warning, where no Blob Storage is set."""
        try:
            return cls()
        except AirflowNotFoundException:
            log.warning("AZURE_STORAGE_CONNECTION_STRING is not set: nothing is proven, rewritten rows are not found.")
            return None

    def days(self) -> list[date]:
        """The days with anchors, in order. The container is made where it was removed."""
        self._container.make()
        names = self._container.names(ANCHORS)
        return sorted(date.fromisoformat(name.rpartition("/")[2].removesuffix(".jsonl")) for name in names)

    def lines(self, day: date) -> list[Line]:
        """The lines of a day's blob; none where there is no blob."""
        return lines_in(self.read(day))

    def read(self, day: date, position: int = 0) -> bytes:
        """A day's blob from a position on; nothing where it ends before, or where there is no blob.

        :param day: UTC.
        :param position: in bytes.
        """
        with suppress(BlobMissing):
            return self._container.read_from(_name(day), position)
        return b""

    def size(self, day: date) -> int:
        """The size of a day's blob, in bytes; 0 where there is none."""
        with suppress(BlobMissing):
            return self._container.size(_name(day))
        return 0

    def append(self, day: date, position: int, data: bytes) -> None:
        """Add to the end of a day's blob.

        :param day: UTC.
        :param position: where it is believed to end, in bytes.
        :param data: whole lines.
        :raises BlobEndMoved: it ends elsewhere; nothing was added.
        :raises BlobMissing: there is no such blob, and ``position`` is not 0.
        :raises BlobClosed: it takes no more.
        """
        self._container.append_at(_name(day), position, data)

    def keep(self, name: str, text: str) -> None:
        """Write a blob of the auditors' own, which nothing overwrites later.

        :param name: of the blob, below the container.
        :param text: all of it.
        :raises genims.core.errors.BlobExists: there is one of that name.
        """
        self._container.put_new(name, text.encode())

    def surrounding(self, day: date) -> Surrounding:
        """The lines of a day, and those that they must fit to."""
        days = self.days()
        earlier, later = [each for each in days if each < day], [each for each in days if each > day]
        before = self._remember(earlier[-1])[-1:] if earlier else []
        after = self._remember(later[0]) if later else []
        return Surrounding(day, before[0] if before else None, self._remember(day), after)

    def of_day(self, day: date) -> DayAnchors:
        """What is anchored about the blocks that were closed on a day, UTC."""
        return DayAnchors.around(self.surrounding(day), self._following(day))

    def newest_blocks(self) -> dict[str, Line]:
        """The line of the last anchored block of every source database, carried from day to day."""
        return {line.source: line for day in self.days()[-2:] for line in self.lines(day) if line.block}

    def end(self) -> Line | None:
        """The newest line; None without any."""
        return next((lines[-1] for day in reversed(self.days()) if (lines := self.lines(day))), None)

    def _following(self, day: date) -> Iterator[list[Line]]:
        later = [each for each in self.days() if each > day]
        yield from map(self.lines, later[1 : 1 + LATE_DAYS])

    def _remember(self, day: date) -> list[Line]:
        """The lines of a day, read once while neighbours are looked at; those of the newest may have become more."""
        if day not in self._remembered:
            while len(self._remembered) >= REMEMBERED_DAYS:
                del self._remembered[min(self._remembered)]
            self._remembered[day] = self.lines(day)
        return self._remembered[day]


def _name(day: date) -> str:
    return f"{ANCHORS}{day:%Y}/{day}.jsonl"
