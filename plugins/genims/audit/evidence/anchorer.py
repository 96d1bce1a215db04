"""Anchors the blocks that are closed and not yet anchored."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from MySQLdb.connections import Connection
from MySQLdb.cursors import Cursor

from genims.audit.evidence.anchor_store import AnchorStore, ClosedBlock
from genims.core.clock import utc_now
from genims.core.paths import sql

CLOSED_ON_DAY = sql("audit/evidence/closed_on_day")
CLOSED_AFTER_BLOCK = sql("audit/evidence/closed_after_block")
FIRST_DAY = sql("audit/evidence/first_day")
NEWEST_BLOCKS = sql("audit/evidence/newest_blocks")


class Anchorer:
    """Looks back for blocks without anchor once, then only at new ones.

    Any number of them may run at once: the second finds the lines of the first.
    """

    def __init__(self):
        self._store = AnchorStore()
        self._newest: dict[str, int] = {}

    def anchor(self, connection: Connection) -> AnchorRun:
        """Anchor what is closed by now.

        :param connection: a session that may read the audit tables, without a transaction.
        :raises genims.core.errors.BlobStorageError: Blob Storage did not answer; the next call looks again.
        """
        blocks, oldest = 0, []
        with connection.cursor() as cursor:
            newest = _last_numbers(cursor)
            for day, closed in self._new(cursor, newest) if self._newest else self._of_all_days(cursor):
                if added := self._store.add(day, closed):
                    blocks += len(added)
                    oldest.append(min(each.closed_at for each in added))
            connection.rollback()
            self._newest = newest
            # Read again: another run may have anchored blocks that were closed meanwhile.
            present = _last_numbers(cursor)
            connection.rollback()
        set_back = {
            source: f"{source}: block {number} was anchored, the newest in the database is {present.get(source, 0)}: "
            "the database was set back to an earlier state, or blocks were removed"
            for source, number in self._store.last_blocks().items()
            if number > present.get(source, 0)
        }
        return AnchorRun(blocks, min(oldest, default=None), set_back)

    def _of_all_days(self, cursor: Cursor) -> Iterator[tuple[date, list[ClosedBlock]]]:
        """The blocks of each day that may lack anchors."""
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
            yield day, _closed_blocks(cursor, CLOSED_ON_DAY, day=day, day_after=day + timedelta(days=1))
            day += timedelta(days=1)

    def _new(self, cursor: Cursor, newest: dict[str, int]) -> Iterator[tuple[date, list[ClosedBlock]]]:
        """The blocks that were closed after the last call, by day."""
        of_day = defaultdict(list)
        for source, number in newest.items():
            if number > (known := self._newest.get(source, 0)):
                for each in _closed_blocks(cursor, CLOSED_AFTER_BLOCK, source=source, block=known):
                    of_day[each.closed_at.date()].append(each)
        yield from sorted(of_day.items())


def _closed_blocks(cursor: Cursor, query: str, **place) -> list[ClosedBlock]:
    cursor.execute(query, place)
    return [ClosedBlock(*row) for row in cursor.fetchall()]


def _last_numbers(cursor: Cursor) -> dict[str, int]:
    """The number of the last closed block of each source database."""
    cursor.execute(NEWEST_BLOCKS)
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
