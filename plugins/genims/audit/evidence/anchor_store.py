"""Keeps the hashes of closed blocks in Blob Storage, out of reach of whoever can change the database.

One append blob a day holds a line of JSON for every block that was closed on it. Nothing there is ever overwritten:
lines are only added, each at a place that was still free. Azure's immutability policies allow exactly that
("protected append writes"). What is anchored is not judged here: of a block that was rewritten both hashes are kept,
and the verification names it.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from http.client import PRECONDITION_FAILED, REQUESTED_RANGE_NOT_SATISFIABLE

from azure.core import MatchConditions
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError
from MySQLdb.connections import Connection

from genims.audit.evidence.verification import Anchors
from genims.audit.format import block as blocks
from genims.core.clock import utc_now
from genims.core.settings import settings
from genims.hooks.blob import GenimsBlobHook

ANCHORS = "anchors/"
# Azure takes 4 MiB in one append, and 50,000 appends to one blob.
LINES_AT_A_TIME = 5_000

COLUMNS = "source_database, block_number, first_audit_sequence, last_audit_sequence, audit_timestamp, merkle_root"
CLOSED_ON = f"""
SELECT {COLUMNS}, block_hash
FROM {blocks.TABLE}
WHERE audit_timestamp >= %s AND audit_timestamp < %s
ORDER BY source_database, block_number
"""
CLOSED_AFTER = f"""
SELECT {COLUMNS}, block_hash
FROM {blocks.TABLE}
WHERE source_database = %s AND block_number > %s
ORDER BY block_number
"""
CLOSED_AT = 4
FIRST_DAY = f"SELECT DATE(MIN(audit_timestamp)) FROM {blocks.TABLE}"
NEWEST = "SELECT source_database, last_block_number FROM audit_sequence_manager"


@dataclass
class _Blob:
    """What is known of the blob of a day.

    :param size: in bytes, as far as it was read.
    """

    anchors: Anchors = field(default_factory=lambda: defaultdict(set))
    size: int = 0

    def take(self, lines: bytes) -> None:
        """Take note of its next lines."""
        for line in lines.splitlines():
            anchor = json.loads(line)
            self.anchors[anchor["source"]].add((anchor["block"], bytes.fromhex(anchor["block_hash"])))
        self.size += len(lines)


class AnchorStore:
    """The container with the anchors, made where it is missing. It remembers the day looked at, and the one before."""

    def __init__(self):
        self._container = GenimsBlobHook().get_conn().get_container_client(settings().genims_anchor_container)
        self._days: dict[date, _Blob] = {}
        with suppress(ResourceExistsError):
            self._container.create_container()

    def of_day(self, day: date) -> Anchors:
        """The anchors of the blocks that were closed on a day, UTC."""
        self._read_on(day)
        return self._known(day).anchors

    def newest_day(self) -> date | None:
        """The last day with anchors."""
        # Names sort by day, so the newest year, then its newest blob.
        years = [prefix.name for prefix in self._container.walk_blobs(ANCHORS, delimiter="/")]
        if not years:
            return None
        newest = max(blob.name for blob in self._container.list_blobs(name_starts_with=max(years)))
        return date.fromisoformat(newest.removeprefix(max(years)).removesuffix(".jsonl"))

    def last_blocks(self) -> dict[str, int]:
        """The greatest number of an anchored block of each source database, on the days that it remembers."""
        last: dict[str, int] = {}
        for known in self._days.values():
            for source, anchors in known.anchors.items():
                last[source] = max(last.get(source, 0), max(number for number, _ in anchors))
        return last

    def add(self, day: date, closed: list[tuple]) -> list[tuple]:
        """Anchor those blocks of a day that are not yet.

        :param closed: rows of CLOSED_ON.
        :returns: those that were added.
        """
        known = self._known(day)
        added = []
        while new := [row for row in closed if (row[1], row[-1]) not in known.anchors.get(row[0], ())]:
            new = new[:LINES_AT_A_TIME]
            try:
                self._append(day, b"".join(_lines(new)))
            except HttpResponseError as refused:
                if refused.status_code != PRECONDITION_FAILED:
                    raise
                # Lines are there that were not read yet: another run's, or what a former run added.
                self._read_on(day)
            else:
                added += new
        return added

    def keep(self, name: str, text: str) -> None:
        """Write a blob of the auditors' own, which nothing overwrites later.

        :raises azure.core.exceptions.ResourceExistsError: there is one of that name.
        """
        self._container.upload_blob(name, text.encode())

    def _append(self, day: date, lines: bytes) -> None:
        known = self._known(day)
        if not known.size:
            with suppress(ResourceExistsError):
                self._blob(day).create_append_blob(match_condition=MatchConditions.IfMissing)
        self._blob(day).append_block(lines, appendpos_condition=known.size)
        known.take(lines)

    def _read_on(self, day: date) -> None:
        known = self._known(day)
        try:
            known.take(self._blob(day).download_blob(offset=known.size).readall())
        except ResourceNotFoundError:
            return
        except HttpResponseError as refused:
            # There is nothing behind what was read.
            if refused.status_code != REQUESTED_RANGE_NOT_SATISFIABLE:
                raise

    def _known(self, day: date) -> _Blob:
        if day not in self._days:
            self._days = {each: known for each, known in self._days.items() if each >= day - timedelta(days=1)}
            self._days[day] = _Blob()
        return self._days[day]

    def _blob(self, day: date):
        return self._container.get_blob_client(f"{ANCHORS}{day:%Y}/{day}.jsonl")


def _lines(rows: list[tuple]) -> Iterator[bytes]:
    for source, number, first, last, closed_at, root, block_hash in rows:
        anchor = {"source": source, "block": number, "first": first, "last": last, "closed_at": f"{closed_at}"}
        anchor |= {"merkle_root": root.hex(), "block_hash": block_hash.hex()}
        yield json.dumps(anchor).encode() + b"\n"


class Anchorer:
    """Anchors the blocks that are closed and not yet anchored: looks back for them once, then at what is new.

    Any number of them may be at work: whoever comes second finds the lines of the first.
    """

    def __init__(self):
        self._store = AnchorStore()
        self._newest: dict[str, int] = {}

    def anchor(self, connection: Connection) -> AnchorRun:
        """Anchor what is closed by now.

        :param connection: a session that may read the audit tables, without a transaction.
        """
        blocks, oldest = 0, []
        with connection.cursor() as cursor:
            newest = _last_numbers(cursor)
            for day, closed in self._new(cursor, newest) if self._newest else self._of_all_days(cursor):
                if added := self._store.add(day, closed):
                    blocks += len(added)
                    oldest.append(min(row[CLOSED_AT] for row in added))
            connection.rollback()
            self._newest = newest
            # Asked again: another run may have anchored blocks that were closed since.
            present = _last_numbers(cursor)
            connection.rollback()
        anchored = self._store.last_blocks()
        set_back = {
            source: f"{source}: block {number} was anchored, the newest in the database is {present.get(source, 0)}: "
            "the database was set back to an earlier state, or blocks were removed"
            for source, number in anchored.items()
            if number > present.get(source, 0)
        }
        return AnchorRun(blocks, min(oldest, default=None), set_back)

    def _of_all_days(self, cursor) -> Iterator[tuple[date, list[tuple]]]:
        """The blocks of each day that may not be anchored."""
        today = utc_now().date()
        newest = self._store.newest_day()
        if newest is None:
            cursor.execute(FIRST_DAY)
            day = cursor.fetchone()[0] or today
        else:
            # A block that was closed just before midnight may have been committed after it.
            day = newest - timedelta(days=1)
        while day <= today:
            self._store.of_day(day)
            cursor.execute(CLOSED_ON, (day, day + timedelta(days=1)))
            yield day, list(cursor.fetchall())
            day += timedelta(days=1)

    def _new(self, cursor, newest: dict[str, int]) -> Iterator[tuple[date, list[tuple]]]:
        """The blocks since the last time."""
        of_day = defaultdict(list)
        for source, number in newest.items():
            if number > (known := self._newest.get(source, 0)):
                cursor.execute(CLOSED_AFTER, (source, known))
                for row in cursor.fetchall():
                    of_day[row[CLOSED_AT].date()].append(row)
        yield from sorted(of_day.items())


def _last_numbers(cursor) -> dict[str, int]:
    """The number of the last closed block of each source database."""
    cursor.execute(NEWEST)
    return dict(cursor.fetchall())


@dataclass(frozen=True)
class AnchorRun:
    """What an Anchorer did.

    :param blocks: how many blocks it anchored.
    :param oldest: when the first of them was closed, UTC; None without any.
    :param set_back: source databases that lack their last anchored blocks, with a sentence for each.
    """

    blocks: int
    oldest: datetime | None
    set_back: dict[str, str]
