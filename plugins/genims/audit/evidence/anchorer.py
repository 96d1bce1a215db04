"""Anchors the blocks that are closed and not yet anchored, and finds what was anchored and is no longer so.

What is anchored is known in two places: the lines in Blob Storage, and ``audit_sequence_manager``. Who changes one of
them alone is found by the other. Nothing is anchored anew: where lines are lost, a line says so, and the verification
does not call their blocks proven.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from MySQLdb.connections import Connection
from MySQLdb.cursors import Cursor

from genims.audit.evidence.anchor_chain import AnchorChain
from genims.audit.evidence.anchor_lines import Line, broken, open_event
from genims.audit.evidence.anchor_store import AnchorStore
from genims.core.clock import utc_now
from genims.core.paths import sql

CLOSED_AFTER_BLOCK = sql("audit/evidence/closed_after_block")
SOURCE_STATES = sql("audit/evidence/source_states")
LEAF = sql("audit/evidence/leaf")
REMEMBER_ANCHOR = sql("audit/evidence/remember_anchor")


class ClosedBlock(NamedTuple):
    """What is anchored of a block, in the order of ``closed_after_block.sql``.

    :param first: number of its first event.
    :param last: number of its last event.
    :param closed_at: when it was closed, UTC.
    :param signature: None where it is not signed.
    """

    source: str
    number: int
    first: int
    last: int
    closed_at: datetime
    merkle_root: bytes
    block_hash: bytes
    signature: bytes | None = None

    @property
    def entry(self) -> dict:
        """What its line says."""
        return {
            "source": self.source,
            "block": self.number,
            "first": self.first,
            "last": self.last,
            "closed_at": f"{self.closed_at}",
            "merkle_root": self.merkle_root.hex(),
            "block_hash": self.block_hash.hex(),
            "signature": self.signature.hex() if self.signature else None,
        }


class SourceState(NamedTuple):
    """Where a source database stands, in the order of ``source_states.sql``."""

    source: str
    last_sequence: int
    last_block: int
    open_events: int
    anchored_block: int | None
    anchor_line: int | None
    anchor_hash: bytes | None


@dataclass(frozen=True)
class AnchorRun:
    """What an Anchorer did.

    :param blocks: how many blocks it anchored.
    :param oldest: when the first of them was closed, UTC; None without any.
    :param breaks: sentences on what was anchored and is gone or changed, by source database and kind: of all its runs.
    """

    blocks: int
    oldest: datetime | None
    breaks: dict[tuple[str, str], str] = field(default_factory=dict)


class Anchorer:
    """Looks back for blocks without anchor once, then only at new ones.

    Any number of them may run at once: the second finds the lines of the first.

    :param clock: tells the time in UTC, without time zone.
    """

    def __init__(self, clock: Callable[[], datetime] = utc_now):
        self._clock = clock
        self._store = AnchorStore()
        self._chain: AnchorChain | None = None
        self._seen: dict[str, int] = {}
        self._breaks: dict[tuple[str, str], str] = {}
        self._noted: set[tuple[str, str]] = set()

    def anchor(self, connection: Connection) -> AnchorRun:
        """Anchor what is closed by now.

        :param connection: a session of the audit writer, without a transaction.
        :raises genims.core.errors.BlobStorageError: Blob Storage did not answer; the next call looks again.
        """
        seen = dict(self._seen)
        with connection.cursor() as cursor:
            states = _states(cursor)
            begins = self._chain is None
            self._chain = self._chain or AnchorChain(self._store)
            entries = []
            for state in states:
                if begins:
                    self._compare_with_memory(state)
                entries += self._of_blocks(cursor, state, seen) + self._of_open_event(cursor, state)
            connection.rollback()
            # Read again: another run may have anchored blocks that were closed meanwhile.
            for state in _states(cursor):
                self._compare_with_lines(cursor, state)
            connection.rollback()
            entries += [
                broken(source, self._chain.anchored.get(source), why)
                for (source, kind), why in self._breaks.items()
                if (source, kind) not in self._noted
            ]
            added = self._chain.add(self._clock().date(), entries)
            self._noted |= self._breaks.keys()
            for source, why in self._chain.breaks.items():
                self._breaks[source or "anchors", "lost"] = why
            self._remember(connection, cursor, added)
        self._seen = seen
        blocks = [line for line in added if line.block and not line.is_carried]
        closed = [datetime.fromisoformat(line.values["closed_at"]) for line in blocks]
        return AnchorRun(len(blocks), min(closed, default=None), dict(self._breaks))

    def _compare_with_memory(self, state: SourceState) -> None:
        """Compare the lines with what the database remembers of them."""
        why = self._chain.disagreement(state.source, state.anchored_block, state.anchor_line, state.anchor_hash)
        if why:
            self._breaks[state.source, "lost"] = why
            self._chain.anchored[state.source] = max(
                state.anchored_block or 0, self._chain.anchored.get(state.source, 0)
            )

    def _of_blocks(self, cursor: Cursor, state: SourceState, seen: dict[str, int]) -> list[dict]:
        """The blocks that may lack anchors.

        :param seen: the last one that was looked at of each source database; brought up to date.
        """
        anchored = max(state.anchored_block or 0, self._chain.anchored.get(state.source, 0))
        since = min(seen.get(state.source, anchored), state.last_block)
        if since == state.last_block == seen.get(state.source):
            return []
        closed = _closed_blocks(cursor, state.source, since - 1)
        seen[state.source] = closed[-1].number if closed else since
        known = self._chain.blocks[state.source]
        if closed and self._is_rewritten(closed[0]):
            # From where on, only the older ones tell.
            closed = _closed_blocks(cursor, state.source, min(known) - 1)
        for block in filter(self._is_rewritten, closed):
            self._breaks.setdefault(
                (state.source, "rewritten"),
                f"{state.source}: block {block.number} was anchored with another hash: it was rewritten, or the "
                "database was set back to an earlier state and went on from there",
            )
        return [block.entry for block in closed if block.number > since or self._is_rewritten(block)]

    def _is_rewritten(self, block: ClosedBlock) -> bool:
        hashes = self._chain.blocks[block.source].get(block.number)
        return bool(hashes) and block.block_hash not in hashes

    def _of_open_event(self, cursor: Cursor, state: SourceState) -> list[dict]:
        """The last event that no block holds yet."""
        if not state.open_events or not (leaf := _leaf(cursor, state.source, state.last_sequence)):
            return []
        return [open_event(state.source, state.last_sequence, leaf)]

    def _compare_with_lines(self, cursor: Cursor, state: SourceState) -> None:
        """Compare the database with the last block and the last open event that were anchored."""
        source = state.source
        if (anchored := self._chain.anchored.get(source, 0)) > state.last_block:
            self._breaks.setdefault(
                (source, "set back"),
                f"{source}: block {anchored} was anchored, the newest in the database is {state.last_block}: "
                "the database was set back to an earlier state, or blocks were removed",
            )
        number, leaf = self._chain.events.get(source, (0, b""))
        if number and (found := _leaf(cursor, source, number)) != leaf:
            self._breaks.setdefault(
                (source, "open event"),
                f"{source}: event {number} was anchored while it was open, and "
                f"{'is another one now' if found else 'is gone'}: it was altered, or the database was set back to an "
                "earlier state",
            )

    def _remember(self, connection: Connection, cursor: Cursor, added: list[Line]) -> None:
        """Note the newest line of each source in the database: one row a transaction, so that nothing waits for two."""
        for source, line in {line.source: line for line in added if line.source}.items():
            place = {"line": line.number, "hash": line.digest, "block": self._chain.anchored.get(source)}
            cursor.execute(REMEMBER_ANCHOR, place | {"source": source})
            connection.commit()


def _closed_blocks(cursor: Cursor, source: str, block: int) -> list[ClosedBlock]:
    cursor.execute(CLOSED_AFTER_BLOCK, {"source": source, "block": block})
    return [ClosedBlock(*row) for row in cursor.fetchall()]


def _states(cursor: Cursor) -> list[SourceState]:
    cursor.execute(SOURCE_STATES)
    return [SourceState(*row) for row in cursor.fetchall()]


def _leaf(cursor: Cursor, source: str, event: int) -> bytes | None:
    """The leaf of an event; None where there is no such event."""
    cursor.execute(LEAF, {"source": source, "event": event})
    row = cursor.fetchone()
    return row[0] if row else None
