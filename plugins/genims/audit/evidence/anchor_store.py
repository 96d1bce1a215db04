"""Keeps the hashes of closed blocks in Blob Storage, out of reach of anyone who can change the database.

One append blob a day holds a line of JSON for every block that was closed on it. Lines are only added, each at a place
that was still free; nothing is overwritten. Azure's immutability policies allow exactly that ("protected append
writes"). The store judges nothing: of a block that was rewritten it keeps both hashes, and the verification names it.
"""

from __future__ import annotations

import json
import logging
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import NamedTuple

from airflow.sdk.exceptions import AirflowNotFoundException

from genims.core.errors import BlobEndMoved, BlobMissing
from genims.core.settings import settings
from genims.hooks.blob import BlobContainer

log = logging.getLogger(__name__)

ANCHORS = "anchors/"
# About 2 MB, of the 4 MiB that Azure takes in one append.
LINES_AT_A_TIME = 5_000

Anchors = dict[str, set[tuple[int, bytes]]]
"""Number and block_hash of blocks, by source database. A block that was rewritten may be there with both its hashes."""


class ClosedBlock(NamedTuple):
    """What is anchored of a block, in the order of ``closed_on_day.sql`` and ``closed_after_block.sql``.

    :param first: number of its first event.
    :param last: number of its last event.
    :param closed_at: when it was closed, UTC.
    """

    source: str
    number: int
    first: int
    last: int
    closed_at: datetime
    merkle_root: bytes
    block_hash: bytes

    @property
    def line(self) -> bytes:
        """Its line in the blob of its day."""
        anchor = {
            "source": self.source,
            "block": self.number,
            "first": self.first,
            "last": self.last,
            "closed_at": f"{self.closed_at}",
            "merkle_root": self.merkle_root.hex(),
            "block_hash": self.block_hash.hex(),
        }
        return json.dumps(anchor).encode() + b"\n"


@dataclass
class _Day:
    """What is known of the blob of a day.

    :param size: in bytes, as far as it was read.
    """

    anchors: Anchors = field(default_factory=lambda: defaultdict(set))
    size: int = 0

    def learn(self, lines: bytes) -> None:
        """Take note of its next lines."""
        for line in lines.splitlines():
            anchor = json.loads(line)
            self.anchors[anchor["source"]].add((anchor["block"], bytes.fromhex(anchor["block_hash"])))
        self.size += len(lines)


class AnchorStore:
    """The container with the anchors. It remembers the day that was looked at, and the one before.

    :raises airflow.sdk.exceptions.AirflowNotFoundException: no connection to Blob Storage is set.
    :raises genims.core.errors.BlobStorageError: Blob Storage did not answer; every method may raise it.
    """

    def __init__(self):
        self._container = BlobContainer(settings().genims_anchor_container)
        self._days: dict[date, _Day] = {}

    @classmethod
    def configured(cls) -> AnchorStore | None:
        """The store; None, and a warning, where no Blob Storage is set."""
        try:
            return cls()
        except AirflowNotFoundException:
            log.warning(
                "AZURE_STORAGE_CONNECTION_STRING is not set: rows that were rewritten with all hashes are not found."
            )
            return None

    def of_day(self, day: date) -> Anchors:
        """The anchors of the blocks that were closed on a day, UTC."""
        self._read_on(day)
        return self._known(day).anchors

    def newest_day(self) -> date | None:
        """The last day with anchors; None without any."""
        # Names sort by day.
        newest = max(self._container.names(ANCHORS), default=None)
        return date.fromisoformat(newest.rpartition("/")[2].removesuffix(".jsonl")) if newest else None

    def last_blocks(self) -> dict[str, int]:
        """The greatest number of an anchored block of each source database, on the days that it remembers."""
        last: dict[str, int] = {}
        for known in self._days.values():
            for source, anchors in known.anchors.items():
                last[source] = max(last.get(source, 0), max(number for number, _ in anchors))
        return last

    def add(self, day: date, closed: list[ClosedBlock]) -> list[ClosedBlock]:
        """Anchor those blocks of a day that are not anchored yet.

        :param closed: blocks that were closed on that day.
        :returns: those that were added.
        """
        anchors = self._known(day).anchors
        added = []
        while new := [each for each in closed if (each.number, each.block_hash) not in anchors.get(each.source, ())]:
            new = new[:LINES_AT_A_TIME]
            try:
                self._append(day, b"".join(each.line for each in new))
            except BlobEndMoved:
                # Lines are there that were not read yet: another run's, or what a former run added.
                self._read_on(day)
            else:
                added += new
        return added

    def keep(self, name: str, text: str) -> None:
        """Write a blob of the auditors' own, which nothing overwrites later.

        :raises genims.core.errors.BlobExists: there is one of that name.
        """
        self._container.put_new(name, text.encode())

    def _append(self, day: date, lines: bytes) -> None:
        known = self._known(day)
        self._container.append_at(_name(day), known.size, lines)
        known.learn(lines)

    def _read_on(self, day: date) -> None:
        known = self._known(day)
        with suppress(BlobMissing):  # nothing is anchored of that day
            known.learn(self._container.read_from(_name(day), known.size))

    def _known(self, day: date) -> _Day:
        if day not in self._days:
            self._days = {each: known for each, known in self._days.items() if each >= day - timedelta(days=1)}
            self._days[day] = _Day()
        return self._days[day]


def _name(day: date) -> str:
    return f"{ANCHORS}{day:%Y}/{day}.jsonl"
