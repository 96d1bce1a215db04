"""Reads the blocks of a day and the rows of their events, and has them examined."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from MySQLdb.connections import Connection

from genims.audit.evidence import rules as examine
from genims.audit.evidence.findings import Finding
from genims.audit.evidence.stored_rows import LAST_SEQUENCE, Range, read_rows, read_rows_of_others
from genims.audit.format import block as blocks
from genims.audit.format.block import Block

# Rows of so many events are in memory at a time.
EVENTS_AT_A_TIME = 10_000

KNOWN = f"""
SELECT source_database, last_audit_sequence, last_block_number FROM audit_sequence_manager
UNION ALL
SELECT DISTINCT source_database, NULL, NULL
FROM {blocks.TABLE}
WHERE source_database NOT IN (SELECT source_database FROM audit_sequence_manager)
"""

BLOCKS = f"SELECT {blocks.COLUMNS} FROM {blocks.TABLE} WHERE source_database = %s AND "
OF_DAY = BLOCKS + "audit_timestamp >= %s AND audit_timestamp < %s ORDER BY block_number"
BEFORE = BLOCKS + "audit_timestamp < %s ORDER BY audit_timestamp DESC, block_number DESC LIMIT 1"
AFTER = BLOCKS + "audit_timestamp >= %s ORDER BY audit_timestamp, block_number LIMIT 1"

Anchors = dict[str, set[tuple[int, bytes]]]
"""Number and block_hash of blocks, by source database. A block that was rewritten may be there with both its hashes."""


@dataclass
class Stretch:
    """Blocks of one source database that follow each other, with the two around them.

    :param last_sequence: the last number that audit_sequence_manager gave; None where it has no row.
    :param last_block: the last block that it closed.
    :param with_open: whether the events that no block holds yet are examined too.
    """

    source: str
    last_sequence: int | None
    last_block: int | None
    before: Block | None
    blocks: list[Block]
    after: Block | None
    with_open: bool

    @property
    def newest(self) -> Block | None:
        """The last of its blocks, else the one before."""
        return self.blocks[-1] if self.blocks else self.before

    def pieces(self) -> Iterator[tuple[Range, Block | None]]:
        """What to read: the events of each block, and those behind the last one if no block follows.

        Where a block begins follows from the one before it, not from its own values alone: they may be altered.
        """
        number, last = (self.before.number, self.before.last_sequence) if self.before else (0, 0)
        for block in self.blocks:
            first = last + 1 if block.number == number + 1 else block.first_sequence
            number, last = block.number, first + len(block.leaf_hashes) - 1
            yield Range(self.source, first, last), block
        if self.with_open:
            yield Range(self.source, last + 1, LAST_SEQUENCE), None


@dataclass
class Head:
    """Where a source database stands after the days that were examined.

    :param blocks: how many blocks were closed on these days.
    :param newest: the last block up to then; None before the first. Its hash stands for all blocks before it.
    """

    blocks: int = 0
    newest: Block | None = None

    def as_dict(self) -> dict:
        if self.newest is None:
            return {"blocks": self.blocks}
        return {
            "blocks": self.blocks,
            "last_block": self.newest.number,
            "last_event": self.newest.last_sequence,
            "merkle_root": self.newest.merkle_root.hex(),
            "block_hash": self.newest.block_hash.hex(),
        }


@dataclass
class Outcome:
    """What was read, and what was found.

    :param anchors: how many anchors of the examined blocks there are in Blob Storage.
    """

    heads: dict[str, Head] = field(default_factory=dict)
    events: int = 0
    rows: int = 0
    anchors: int = 0
    findings: list[Finding] = field(default_factory=list)

    @property
    def blocks(self) -> int:
        return sum(head.blocks for head in self.heads.values())


def verify_day(
    connection: Connection, day: date, anchors: Anchors, wanted: set[str] | None, outcome: Outcome, *, with_open: bool
) -> None:
    """Examine the blocks that were closed on a day.

    :param connection: in a transaction that sees one moment of the database.
    :param day: the day, UTC.
    :param anchors: of the blocks that were closed on it.
    :param wanted: short names of source databases; None for all.
    :param outcome: what is found is added to it.
    :param with_open: whether to examine what follows the newest block too, where none was closed later.
    """
    stretches = []
    with connection.cursor() as cursor:
        cursor.execute(KNOWN)
        known = {source: place for source, *place in cursor.fetchall()}
        for source in sorted(known.keys() | anchors.keys()):
            if wanted is None or source in wanted:
                stretches.append(_stretch(cursor, source, *known.get(source, (None, None)), day, with_open))
    if wanted is None:
        outcome.findings += examine.check_unknown_rows(read_rows_of_others(connection, sorted(known) or [""]))
    examine_stretches(connection, stretches, anchors, outcome)


def _stretch(
    cursor, source: str, last_sequence: int | None, last_block: int | None, day: date, with_open: bool
) -> Stretch:
    following = day + timedelta(days=1)
    cursor.execute(OF_DAY, (source, day, following))
    of_day = [Block(*row) for row in cursor.fetchall()]
    cursor.execute(BEFORE, (source, day))
    before = next((Block(*row) for row in cursor.fetchall()), None)
    cursor.execute(AFTER, (source, following))
    after = next((Block(*row) for row in cursor.fetchall()), None)
    return Stretch(source, last_sequence, last_block, before, of_day, after, with_open and not after)


def examine_stretches(connection: Connection, stretches: list[Stretch], anchors: Anchors, outcome: Outcome) -> None:
    """Examine blocks, and the events in and behind them."""
    last_sequences = {stretch.source: stretch.last_sequence or 0 for stretch in stretches}
    for stretch in stretches:
        head = outcome.heads.setdefault(stretch.source, Head())
        head.blocks += len(stretch.blocks)
        head.newest = stretch.newest
        outcome.findings += examine.check_chain(stretch.before, stretch.blocks, stretch.after)
        outcome.anchors += len(anchors.get(stretch.source, ()))
        outcome.findings += examine.check_anchors(stretch.source, stretch.blocks, anchors.get(stretch.source, ()))
        if stretch.with_open:
            outcome.findings += examine.check_counters(
                stretch.source, stretch.last_sequence, stretch.last_block, stretch.newest
            )
    for pieces in _portions(piece for stretch in stretches for piece in stretch.pieces()):
        rows = read_rows(connection, [events for events, _ in pieces])
        outcome.events += len(rows)
        outcome.rows += sum(map(len, rows.values()))
        outcome.findings += examine.check_row_hashes(rows)
        for events, block in pieces:
            if block:
                outcome.findings += examine.check_closed_events(block, events.first, rows)
            else:
                outcome.findings += examine.check_open_events(events, last_sequences[events.source], rows)
        outcome.findings += examine.check_unknown_rows(row for event in rows.values() for row in event)


def _portions(pieces: Iterable[tuple[Range, Block | None]]) -> Iterator[list[tuple[Range, Block | None]]]:
    """The pieces in portions of about EVENTS_AT_A_TIME events."""
    portion, events = [], 0
    for piece in pieces:
        portion.append(piece)
        events += piece[1].event_count if piece[1] else 0
        if events >= EVENTS_AT_A_TIME:
            yield portion
            portion, events = [], 0
    if portion:
        yield portion
