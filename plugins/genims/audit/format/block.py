"""Blocks: what ``audit_trail_completeness`` says of a run of events, and the hash that chains them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from genims.audit.format import canonical

TABLE = "audit_trail_completeness"
COLUMNS = (
    "source_database, block_number, audit_timestamp, opened_at, first_audit_sequence, last_audit_sequence, "
    "event_count, table_rows, merkle_root, previous_block_hash, block_hash, leaves"
)
NO_BLOCK = bytes(32)
"""``previous_block_hash`` of the first block."""


@dataclass(frozen=True)
class Block:
    """A closed block, in the order of COLUMNS."""

    source: str
    number: int
    closed_at: datetime
    opened_at: datetime
    first_sequence: int
    last_sequence: int
    event_count: int
    table_rows: str
    merkle_root: bytes
    previous_hash: bytes
    block_hash: bytes
    leaves: bytes

    @property
    def row(self) -> tuple:
        """Its values in column order."""
        return tuple(vars(self).values())

    @property
    def computed_hash(self) -> bytes:
        """What ``block_hash`` must be."""
        return hash_of(*self.row[:-2])

    @property
    def leaf_hashes(self) -> list[bytes]:
        """The leaves, one by one."""
        return [self.leaves[start : start + 32] for start in range(0, len(self.leaves), 32)]


def hash_of(source, number, closed_at, opened_at, first, last, events, table_rows, root, previous_hash) -> bytes:
    """SHA-256 of a block, over the values of its row up to ``previous_block_hash``."""
    fields = (
        source,
        f"{number}",
        canonical.moment(closed_at),
        canonical.moment(opened_at),
        f"{first}\t{last}\t{events}",
        table_rows,
        root.hex(),
        previous_hash.hex(),
    )
    return canonical.row_hash(TABLE, "\t".join(fields).encode())


def routes(counts: Iterable[tuple[str, int]]) -> str:
    """Rows by table as text: ``name:rows,name:rows``."""
    return ",".join(f"{table}:{rows}" for table, rows in counts)


def rows_by_table(text: str) -> dict[str, int]:
    """The counts that ``routes`` wrote."""
    return {table: int(rows) for table, rows in (part.split(":") for part in text.split(",") if part)}
