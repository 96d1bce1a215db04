"""Where the ledger of one source database stands, between two appends."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from genims.audit.format import merkle, signatures, versions
from genims.audit.format.block import Block, routes
from genims.audit.format.signatures import Keys
from genims.audit.ledger.position import Position

BLOCK_AGE = timedelta(seconds=60)


@dataclass
class State:
    """Where a source database stands: what is numbered and hashed of it, and the events that are in no block yet.

    :param source: its short name, or ``pipeline``.
    :param position: up to where it is taken over.
    :param last_sequence: the last ``audit_sequence`` given.
    :param last_source_sequence: the greatest number of the source's own.
    :param block_number: the last closed block; 0 before the first one.
    :param block_hash: its hash.
    :param closed_at: when it was closed, UTC.
    :param leaves: leaf hashes of the events behind it, in order.
    :param table_rows: rows of these events by table.
    :param opened_at: when the first of them was written, UTC; None while there is none.
    :param version: of FORMS, by which their rows were hashed.
    :param vouched: whether these events are known to be the ledger's own. Of others no block is ever signed.
    :param keys: sign what is written.
    """

    source: str
    position: Position
    last_sequence: int
    last_source_sequence: int | None
    block_number: int
    block_hash: bytes
    closed_at: datetime
    leaves: list[bytes] = field(default_factory=list)
    table_rows: Counter[str] = field(default_factory=Counter)
    opened_at: datetime | None = None
    version: int = field(default_factory=lambda: versions.FORMAT)
    vouched: bool = True
    keys: Keys = field(default_factory=Keys, compare=False)

    def copy(self) -> State:
        """A state that can go on by itself."""
        return replace(self, leaves=self.leaves.copy(), table_rows=self.table_rows.copy())

    def is_due(self, now: datetime) -> bool:
        """Whether the open block is to be closed: it has been open for BLOCK_AGE, or may take no further event.

        :param now: UTC, without time zone.
        """
        if self.opened_at is None:
            return False
        return now - self.opened_at >= BLOCK_AGE or self.version != versions.FORMAT or not self.vouched

    def close_block(self, now: datetime) -> Block:
        """Make a block of the open events; none is open afterwards.

        :param now: UTC, without time zone.
        """
        self.block_number += 1
        # Blocks are in order of time, even when the clock is set back.
        self.closed_at = max(now, self.closed_at, self.opened_at)
        block = versions.sealed(
            Block(
                source_database=self.source,
                block_number=self.block_number,
                audit_timestamp=self.closed_at,
                opened_at=self.opened_at,
                first_audit_sequence=self.last_sequence - len(self.leaves) + 1,
                last_audit_sequence=self.last_sequence,
                event_count=len(self.leaves),
                table_rows=routes(sorted(self.table_rows.items())),
                merkle_root=merkle.root(self.leaves),
                previous_block_hash=self.block_hash,
                block_hash=b"",
                leaves=b"".join(self.leaves),
                format_version=self.version,
            )
        )
        if self.vouched:
            block = signatures.signed(block, self.keys)
        self.block_hash = block.block_hash
        self.leaves, self.table_rows, self.opened_at = [], Counter(), None
        self.version, self.vouched = versions.FORMAT, True
        return block

    @property
    def open_statement(self) -> bytes:
        """What is signed of the open events."""
        return signatures.of_open_events(self.source, self.block_hash, self.last_sequence, self.leaves)
