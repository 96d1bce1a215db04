"""Reads the blocks of a day and the rows of their events, and has them checked by ``rules``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import NamedTuple

from MySQLdb.connections import Connection
from MySQLdb.cursors import Cursor

from genims.audit.evidence import rules
from genims.audit.evidence.anchor_lines import DayAnchors, Line
from genims.audit.evidence.report import Head, Outcome
from genims.audit.evidence.stored_rows import (
    LAST_SEQUENCE,
    Range,
    fetch_blocks,
    fetch_counters,
    read_rows,
    read_rows_of_others,
)
from genims.audit.format import versions
from genims.audit.format.block import Block
from genims.audit.format.signatures import Keys
from genims.core.paths import sql

# About this many events are in memory at a time.
EVENTS_AT_A_TIME = 10_000

COUNTERS = sql("audit/evidence/counters")
SOURCES_WITHOUT_COUNTER = sql("audit/evidence/sources_without_counter")
FIRST_SIGNED = sql("audit/evidence/first_signed")
BLOCK_OF_NUMBER = sql("audit/evidence/block_of_number")
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

    :param counter: its row in audit_sequence_manager; None where it has none.
    :param with_open: whether the events that no block holds yet are verified too.
    :param first_signed: number of its first signed block; None without any, or without keys.
    """

    source: str
    counter: dict | None
    before: Block | None
    blocks: list[Block]
    after: Block | None
    with_open: bool
    first_signed: int | None = None

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
            version = self.counter["open_format"] if self.counter else versions.FORMAT
            yield Piece(Range(self.source, last + 1, LAST_SEQUENCE), version, None)


@dataclass(frozen=True)
class Proof:
    """What proves blocks, besides the database itself.

    :param anchors: what is anchored about them.
    :param keys: prove signatures; nothing where there are none.
    :param now: the present moment, UTC.
    """

    now: datetime
    anchors: DayAnchors = field(default_factory=DayAnchors)
    keys: Keys = field(default_factory=Keys)


def verify_day(
    connection: Connection, day: date, proof: Proof, wanted: set[str] | None, outcome: Outcome, *, with_open: bool
) -> None:
    """Verify the blocks that were closed on a day.

    :param connection: in a transaction that sees one moment of the database.
    :param day: the day, UTC.
    :param proof: of the blocks that were closed on it.
    :param wanted: short names of source databases; None for all.
    :param outcome: what is found is added to it.
    :param with_open: whether to verify what follows the newest block too, where none was closed later.
    """
    stretches = []
    with connection.cursor() as cursor:
        known = _counters(cursor)
        for source in sorted(known.keys() | proof.anchors.blocks.keys()):
            if wanted is None or source in wanted:
                stretch = _stretch(cursor, source, known.get(source), day, with_open)
                if proof.keys:
                    stretch.first_signed = _first_signed(cursor, source)
                stretches.append(stretch)
    if wanted is None:
        outcome.findings += rules.check_unknown_rows(read_rows_of_others(connection, sorted(known) or [""]))
    blocks = {(block.source_database, block.block_number) for stretch in stretches for block in stretch.blocks}
    proof.anchors.look_on(day, blocks)
    verify_stretches(connection, stretches, proof, outcome)


def verify_newest(connection: Connection, newest: dict[str, Line], outcome: Outcome) -> None:
    """Verify that the last anchored block of every source database is still there.

    :param newest: its line, by source database.
    :param outcome: what is found is added to it.
    """
    with connection.cursor() as cursor:
        for source, line in newest.items():
            block = _blocks(cursor, BLOCK_OF_NUMBER, {"source": source, "block": line.block[0]})
            outcome.findings += rules.check_anchors(source, block, {line.block})


def _counters(cursor: Cursor) -> dict[str, dict | None]:
    """Where every source database with audit rows stands; None where its counter is gone."""
    cursor.execute(COUNTERS)
    counters: dict[str, dict | None] = fetch_counters(cursor)
    cursor.execute(SOURCES_WITHOUT_COUNTER)
    return counters | {source: None for (source,) in cursor.fetchall()}


def _first_signed(cursor: Cursor, source: str) -> int | None:
    cursor.execute(FIRST_SIGNED, {"source": source})
    row = cursor.fetchone()
    return row[0] if row else None


def _stretch(cursor: Cursor, source: str, counter: dict | None, day: date, with_open: bool) -> Stretch:
    place = {"source": source, "day": day, "day_after": day + timedelta(days=1)}
    before = _blocks(cursor, BLOCK_BEFORE_DAY, place)
    of_day = _blocks(cursor, BLOCKS_OF_DAY, place)
    after = _blocks(cursor, BLOCK_AFTER_DAY, place)
    return Stretch(
        source,
        counter,
        before[0] if before else None,
        of_day,
        after[0] if after else None,
        with_open and not after,
    )


def _blocks(cursor: Cursor, query: str, place: dict) -> list[Block]:
    cursor.execute(query, place)
    return fetch_blocks(cursor)


def verify_stretches(connection: Connection, stretches: list[Stretch], proof: Proof, outcome: Outcome) -> None:
    """Verify blocks, and the events in and behind them.

    :param connection: in a transaction that sees one moment of the database.
    :param stretches: of any source databases.
    :param proof: anchors and keys to prove them by.
    :param outcome: what is found is added to it.
    """
    for stretch in stretches:
        _verify_blocks(stretch, proof, outcome)
    by_source = {stretch.source: stretch for stretch in stretches}
    for portion in _portions(piece for stretch in stretches for piece in stretch.pieces()):
        _verify_events(connection, portion, by_source, proof, outcome)


def _verify_blocks(stretch: Stretch, proof: Proof, outcome: Outcome) -> None:
    anchors = proof.anchors.blocks.get(stretch.source, set())
    head = outcome.heads.setdefault(stretch.source, Head())
    head.blocks += len(stretch.blocks)
    head.newest = stretch.newest
    outcome.anchors += len(anchors)
    outcome.findings += rules.check_chain(stretch.before, stretch.blocks, stretch.after)
    outcome.findings += rules.check_anchors(stretch.source, stretch.blocks, anchors)
    outcome.findings += rules.check_open_anchors(stretch.blocks, proof.anchors.events.get(stretch.source, {}))
    outcome.findings += rules.check_signatures(stretch.blocks, proof.anchors, proof.keys, stretch.first_signed)
    outcome.signed += sum(block.signature is not None for block in stretch.blocks)
    outcome.unproven += rules.unproven_blocks(stretch.blocks, anchors, proof.now)
    if stretch.with_open:
        outcome.findings += rules.check_counters(stretch.source, *_numbers(stretch.counter), stretch.newest)


def _numbers(counter: dict | None) -> tuple[int | None, int | None]:
    return (counter["last_audit_sequence"], counter["last_block_number"]) if counter else (None, None)


def _verify_events(
    connection: Connection, portion: list[Piece], stretches: dict[str, Stretch], proof: Proof, outcome: Outcome
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
            stretch = stretches[events.source]
            last = _numbers(stretch.counter)[0] or 0
            checked = rules.check_open_events(events, last, rows)
            leaves = rules.leaves_of(checked.keys, rows)
            signature = stretch.counter["open_signature"] if stretch.counter else None
            outcome.findings += rules.check_open_signature(
                events.source, stretch.newest, leaves, last, signature, proof.keys
            )
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
