"""Reads the blocks of a day and the rows of their events, and has them checked by ``rules``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from MySQLdb.connections import Connection
from MySQLdb.cursors import Cursor

from genims.audit.evidence import rules
from genims.audit.evidence.anchor_store import Anchors
from genims.audit.evidence.report import Head, Outcome
from genims.audit.evidence.stored_rows import LAST_SEQUENCE, Range, fetch_blocks, read_rows, read_rows_of_others
from genims.audit.format import versions
from genims.audit.format.block import Block
from genims.core.paths import sql

# About this many events are in memory at a time.
EVENTS_AT_A_TIME = 10_000

KNOWN_SOURCES = sql("audit/evidence/known_sources")
BLOCKS_OF_DAY = sql("audit/evidence/blocks_of_day")
BLOCK_BEFORE_DAY = sql("audit/evidence/block_before_day")
BLOCK_AFTER_DAY = sql("audit/evidence/block_after_day")


class Piece(NamedTuple):
    """Events that are read and checked together.

    :param version: of FORMS; by which they were hashed.
    :param block: the block that holds them; None for those that no block holds yet.
    """

    events: Range
    version: int
    block: Block | None


@dataclass
class Stretch:
    """Blocks of one source database that follow each other, with the two around them.

    :param last_sequence: the last number that audit_sequence_manager gave; None where it has no row.
    :param last_block: the last block that it closed.
    :param with_open: whether the events that no block holds yet are verified too.
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

    def pieces(self) -> Iterator[Piece]:
        """What to read: the events of each block, and those behind the last one if no block follows.

        A block begins where the one before it ends: its own values may be altered. A block of an unknown version is
        left out, a finding of ``check_chain`` says so.
        """
        number, last = (self.before.block_number, self.before.last_audit_sequence) if self.before else (0, 0)
        for block in self.blocks:
            first = last + 1 if block.block_number == number + 1 else block.first_audit_sequence
            number, last = block.block_number, first + len(block.leaf_hashes) - 1
            version = versions.version_of(block) or block.format_version
            if version in versions.FORMS:
                yield Piece(Range(self.source, first, last), version, block)
        if self.with_open:
            yield Piece(Range(self.source, last + 1, LAST_SEQUENCE), versions.FORMAT, None)


def verify_day(
    connection: Connection, day: date, anchors: Anchors, wanted: set[str] | None, outcome: Outcome, *, with_open: bool
) -> None:
    """Verify the blocks that were closed on a day.

    :param connection: in a transaction that sees one moment of the database.
    :param day: the day, UTC.
    :param anchors: of the blocks that were closed on it.
    :param wanted: short names of source databases; None for all.
    :param outcome: what is found is added to it.
    :param with_open: whether to verify what follows the newest block too, where none was closed later.
    """
    stretches = []
    with connection.cursor() as cursor:
        cursor.execute(KNOWN_SOURCES)
        known = {source: place for source, *place in cursor.fetchall()}
        for source in sorted(known.keys() | anchors.keys()):
            if wanted is None or source in wanted:
                stretches.append(_stretch(cursor, source, *known.get(source, (None, None)), day, with_open))
    if wanted is None:
        outcome.findings += rules.check_unknown_rows(read_rows_of_others(connection, sorted(known) or [""]))
    verify_stretches(connection, stretches, anchors, outcome)


def _stretch(
    cursor: Cursor, source: str, last_sequence: int | None, last_block: int | None, day: date, with_open: bool
) -> Stretch:
    place = {"source": source, "day": day, "day_after": day + timedelta(days=1)}
    before = _blocks(cursor, BLOCK_BEFORE_DAY, place)
    of_day = _blocks(cursor, BLOCKS_OF_DAY, place)
    after = _blocks(cursor, BLOCK_AFTER_DAY, place)
    return Stretch(
        source,
        last_sequence,
        last_block,
        before[0] if before else None,
        of_day,
        after[0] if after else None,
        with_open and not after,
    )


def _blocks(cursor: Cursor, query: str, place: dict) -> list[Block]:
    cursor.execute(query, place)
    return fetch_blocks(cursor)


def verify_stretches(connection: Connection, stretches: list[Stretch], anchors: Anchors, outcome: Outcome) -> None:
    """Verify blocks, and the events in and behind them.

    :param connection: in a transaction that sees one moment of the database.
    :param outcome: what is found is added to it.
    """
    for stretch in stretches:
        _verify_blocks(stretch, anchors.get(stretch.source, set()), outcome)
    last_sequences = {stretch.source: stretch.last_sequence or 0 for stretch in stretches}
    for portion in _portions(piece for stretch in stretches for piece in stretch.pieces()):
        _verify_events(connection, portion, last_sequences, outcome)


def _verify_blocks(stretch: Stretch, anchors: set[tuple[int, bytes]], outcome: Outcome) -> None:
    head = outcome.heads.setdefault(stretch.source, Head())
    head.blocks += len(stretch.blocks)
    head.newest = stretch.newest
    outcome.anchors += len(anchors)
    outcome.findings += rules.check_chain(stretch.before, stretch.blocks, stretch.after)
    outcome.findings += rules.check_anchors(stretch.source, stretch.blocks, anchors)
    if stretch.with_open:
        outcome.findings += rules.check_counters(
            stretch.source, stretch.last_sequence, stretch.last_block, stretch.newest
        )


def _verify_events(
    connection: Connection, portion: list[Piece], last_sequences: dict[str, int], outcome: Outcome
) -> None:
    form = versions.FORMS[portion[0].version]
    rows = read_rows(connection, [piece.events for piece in portion], form)
    outcome.events += len(rows)
    outcome.rows += sum(map(len, rows.values()))
    outcome.findings += rules.check_row_hashes(rows, form)
    known: set[rules.Key] = set()
    for events, _, block in portion:
        if block:
            checked = rules.check_closed_events(block, events.first, rows)
        else:
            checked = rules.check_open_events(events, last_sequences[events.source], rows)
        outcome.findings += checked.findings
        known |= checked.keys
    strays = (event for key, event in rows.items() if key not in known)
    outcome.findings += rules.check_unknown_rows(row for event in strays for row in event)


def _portions(pieces: Iterable[Piece]) -> Iterator[list[Piece]]:
    """The pieces in portions of one version and about EVENTS_AT_A_TIME events."""
    portion, events = [], 0
    for piece in pieces:
        if portion and (events >= EVENTS_AT_A_TIME or piece.version != portion[0].version):
            yield portion
            portion, events = [], 0
        portion.append(piece)
        events += piece.block.event_count if piece.block else 0
    if portion:
        yield portion
