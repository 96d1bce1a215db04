"""Keeps the hashes of closed blocks in Blob Storage, out of reach of whoever can change the database.

One append blob a day holds a line of JSON for every block that was closed on it. Nothing there is ever overwritten:
lines are only added, each at a place that was still free. Azure's immutability policies allow exactly that
("protected append writes").
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, timedelta
from http.client import PRECONDITION_FAILED

from azure.core import MatchConditions
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError
from MySQLdb.connections import Connection

from genims.audit import blocks
from genims.audit.verification import Anchors
from genims.errors import EvidenceError
from genims.hooks.blob import GenimsBlobHook
from genims.settings import settings

log = logging.getLogger(__name__)

# Azure takes 4 MiB in one append.
LINES_AT_A_TIME = 5_000

CLOSED_ON = f"""
SELECT
    source_database, block_number, first_audit_sequence, last_audit_sequence, audit_timestamp, merkle_root, block_hash
FROM {blocks.TABLE}
WHERE audit_timestamp >= %s AND audit_timestamp < %s
ORDER BY source_database, block_number
"""
FIRST_DAY = f"SELECT DATE(MIN(audit_timestamp)) FROM {blocks.TABLE}"


class AnchorStore:
    """The container with the anchors; made where it is missing."""

    def __init__(self):
        self._container = GenimsBlobHook().get_conn().get_container_client(settings().genims_anchor_container)
        with suppress(ResourceExistsError):
            self._container.create_container()

    def of_day(self, day: date) -> Anchors:
        """The anchors of the blocks that were closed on a day, UTC."""
        return self._read(day)[0]

    def newest_day(self) -> date | None:
        """The last day with anchors."""
        # Names sort by day, so the newest year, then its newest blob.
        years = [prefix.name for prefix in self._container.walk_blobs(delimiter="/")]
        if not years:
            return None
        newest = max(blob.name for blob in self._container.list_blobs(name_starts_with=max(years)))
        return date.fromisoformat(newest.removeprefix(max(years)).removesuffix(".jsonl"))

    def add(self, day: date, closed: list[tuple]) -> int:
        """Anchor those blocks of a day that are not yet.

        :param closed: rows of CLOSED_ON.
        :returns: how many were added.
        :raises EvidenceError: a block is no longer what was anchored, or is gone.
        """
        while True:
            anchored, size = self._read(day)
            _compare(day, anchored, closed)
            new = [row for row in closed if row[1] not in anchored.get(row[0], {})]
            try:
                self._append(day, size, new)
            except HttpResponseError as refused:
                if refused.status_code != PRECONDITION_FAILED:
                    raise
                log.info("Another run is anchoring the blocks of %s too: looking again.", day)
            else:
                return len(new)

    def _read(self, day: date) -> tuple[Anchors, int]:
        """The anchors of a day, and the size of their blob in bytes."""
        try:
            lines = self._blob(day).download_blob().readall()
        except ResourceNotFoundError:
            return {}, 0
        found: Anchors = {}
        for line in lines.splitlines():
            anchor = json.loads(line)
            found.setdefault(anchor["source"], {})[anchor["block"]] = bytes.fromhex(anchor["block_hash"])
        return found, len(lines)

    def _append(self, day: date, size: int, rows: list[tuple]) -> None:
        if rows and not size:
            with suppress(ResourceExistsError):
                self._blob(day).create_append_blob(match_condition=MatchConditions.IfMissing)
        for start in range(0, len(rows), LINES_AT_A_TIME):
            data = b"".join(_lines(rows[start : start + LINES_AT_A_TIME]))
            self._blob(day).append_block(data, appendpos_condition=size)
            size += len(data)

    def _blob(self, day: date):
        return self._container.get_blob_client(f"{day:%Y}/{day}.jsonl")


def _lines(rows: list[tuple]) -> Iterator[bytes]:
    for source, number, first, last, closed_at, root, block_hash in rows:
        anchor = {"source": source, "block": number, "first": first, "last": last, "closed_at": f"{closed_at}"}
        anchor |= {"merkle_root": root.hex(), "block_hash": block_hash.hex()}
        yield json.dumps(anchor).encode() + b"\n"


def _compare(day: date, anchored: Anchors, closed: list[tuple]) -> None:
    present = {(row[0], row[1]): row[-1] for row in closed}
    for source, anchors in anchored.items():
        for number, block_hash in anchors.items():
            if present.get((source, number)) != block_hash:
                raise EvidenceError(
                    f"Block {number} of {source}, closed on {day}, is not the one that was anchored: it was rewritten "
                    f"or removed. Nothing more is anchored. Run: python -m genims.audit.verify --from {day} --to {day}"
                )


def anchor_blocks(connection: Connection, today: date) -> int:
    """Anchor all blocks that are closed and not yet anchored.

    :param connection: a session that may read the audit tables.
    :param today: the present day, UTC.
    :returns: how many were added.
    :raises EvidenceError: one of the last blocks is no longer what was anchored.
    """
    store = AnchorStore()
    with connection.cursor() as cursor:
        newest = store.newest_day()
        if newest is None:
            cursor.execute(FIRST_DAY)
            day = cursor.fetchone()[0] or today
        else:
            # A block that was closed just before midnight may have been committed after it.
            day = newest - timedelta(days=1)
        added = 0
        while day <= today:
            cursor.execute(CLOSED_ON, (day, day + timedelta(days=1)))
            added += store.add(day, list(cursor.fetchall()))
            day += timedelta(days=1)
        connection.rollback()
    return added
