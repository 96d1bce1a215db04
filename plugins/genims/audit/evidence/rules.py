"""The checks: what is stored against what the hashes say was written. They read nothing and name every deviation.

``verification`` reads blocks and rows, and hands them over.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from genims.audit.evidence.anchor_lines import DayAnchors, Surrounding
from genims.audit.evidence.findings import Finding
from genims.audit.evidence.stored_rows import Range, StoredRow
from genims.audit.format import merkle, signatures, versions
from genims.audit.format.block import NO_BLOCK, Block, rows_by_table
from genims.audit.format.block import TABLE as BLOCKS
from genims.audit.format.chained_tables import EVENTS, chained_tables
from genims.audit.format.signatures import Keys
from genims.audit.format.versions import Form

Key = tuple[str, int]
"""Source database and ``audit_sequence`` of an event."""
Rows = dict[Key, list[StoredRow]]

# Above this many bad rows of one table, swapped rows are not looked for (quadratic).
COMPARED_ROWS = 50
MANAGER = "audit_sequence_manager"
GONE = "no row of the event is left"
ANCHORS = "anchors"
# A block is anchored within a minute; Blob Storage may be down for a while.
ANCHORING = timedelta(minutes=15)


class Checked(NamedTuple):
    """What a check of events found.

    :param keys: the events that it knows; rows of all others belong to none.
    """

    findings: list[Finding]
    keys: set[Key]


def check_chain(before: Block | None, blocks: list[Block], after: Block | None) -> Iterator[Finding]:
    """Whether blocks follow each other and are as they were closed.

    :param before: the block before them; None at the beginning of the source database.
    :param after: the block after them, of which only the link is checked; None where they are the last ones.
    """
    previous = before
    for block in [*blocks, *([after] if after else [])]:
        number, last, previous_hash = (
            (previous.block_number, previous.last_audit_sequence, previous.block_hash) if previous else (0, 0, NO_BLOCK)
        )
        if block.block_number > number + 1:
            yield _block(block, "missing", "no such block", number + 1, block.block_number - 1)
        elif block.first_audit_sequence != last + 1:
            yield _block(block, "altered", f"begins with event {block.first_audit_sequence}, expected {last + 1}")
        elif block.previous_block_hash != previous_hash:
            yield _block(block, "altered", f"does not follow block {number}: that or this one was rewritten")
        if block is not after:
            yield from _check_block(block)
        previous = block


def _check_block(block: Block) -> Iterator[Finding]:
    """Whether a block's hashes are those of its own values."""
    version = versions.version_of(block)
    if version is None and block.format_version not in versions.FORMS:
        known = ", ".join(map(str, versions.FORMS))
        detail = f"expected a format version of {known}, found {block.format_version}: altered, or of a newer release; "
        yield _block(block, "unknown", detail + "its events were not verified, verify them with that release")
        return
    if version is None:
        yield _block(block, "altered", "its block_hash is not that of its values")
    elif version != block.format_version:
        yield _block(block, "altered", f"its format_version is {block.format_version}, its block_hash of {version}")
    if merkle.root(block.leaf_hashes) != block.merkle_root:
        events = f"{block.first_audit_sequence}-{block.last_audit_sequence}"
        yield _block(block, "altered", f"its merkle_root is not that of its leaves: these or one of {events} changed")


def _block(block: Block, kind: str, detail: str, first: int | None = None, last: int | None = None) -> Finding:
    first = first or block.block_number
    return Finding(block.source_database, first, last or first, BLOCKS, kind, None, detail)


def check_anchors(source: str, blocks: list[Block], anchors: Iterable[tuple[int, bytes]]) -> Iterator[Finding]:
    """Whether blocks are those that were anchored.

    :param anchors: number and block_hash of all anchored blocks that should be among ``blocks``.
    """
    present = {block.block_number: block for block in blocks}
    for number, block_hash in sorted(anchors):
        block = present.get(number)
        if block is None:
            yield Finding(source, number, number, BLOCKS, "missing", None, "was anchored, and is gone")
        elif block_hash not in (block.block_hash, *versions.hashes_of(block).values()):
            events = f"{block.first_audit_sequence}-{block.last_audit_sequence}"
            yield _block(block, "altered", f"was rewritten after it was anchored, with its events {events}")


def check_lines(place: Surrounding) -> Iterator[Finding]:
    """Whether the anchor lines of a day are those that were written, and fit to those of the days around it."""
    before, ended = place.before, None
    for line in [*place.lines, *place.after[:1]]:
        number, name = line.number or (before.number if before else 0), f"{ANCHORS} {place.day}"
        if not line.values:
            yield Finding(ANCHORS, number, number, name, "altered", None, "a line that cannot be read")
        elif line.is_chained and not line.follows(before):
            detail = "does not follow the line before: lines before it were removed, or rewritten"
            yield Finding(ANCHORS, number, number, name, "altered", None, detail)
        if ended and line in place.lines:
            yield Finding(ANCHORS, number, number, name, "added", None, "follows the end of its day")
        before, ended = line, line.ends_day
    for line in place.lines:
        if line.found_broken and not line.is_carried:
            block = line.values.get("anchored_block", line.number)
            table = BLOCKS if line.source else f"{ANCHORS} {place.day}"
            yield Finding(line.source or ANCHORS, block, block, table, "missing", None, line.found_broken)


def check_open_anchors(blocks: list[Block], anchored: dict[int, set[bytes]]) -> Iterator[Finding]:
    """Whether events are those that were anchored while no block held them yet.

    :param anchored: leaves by number of the event.
    """
    for block in blocks:
        leaves = block.leaf_hashes
        for number in sorted(anchored.keys() & range(block.first_audit_sequence, block.last_audit_sequence + 1)):
            if anchored[number] != {leaves[number - block.first_audit_sequence]}:
                detail = "was anchored as another one while it was open: it was altered before its block was closed"
                yield Finding(block.source_database, number, number, EVENTS, "altered", None, detail)


def unproven_blocks(blocks: list[Block], anchors: Iterable[tuple[int, bytes]], now: datetime) -> Iterator[Finding]:
    """The blocks that should be anchored by now and are not.

    :param blocks: of one source database, in order.
    :param anchors: number and hash of its anchored blocks.
    :param now: UTC.
    """
    anchored = {number for number, _ in anchors}
    for block in blocks:
        if block.block_number not in anchored and block.audit_timestamp < now - ANCHORING:
            yield _block(block, "unproven", "has no anchor")


def check_signatures(
    blocks: list[Block], anchors: DayAnchors, keys: Keys, first_signed: int | None
) -> Iterator[Finding]:
    """Whether blocks are signed by a trusted key. Without keys nobody can tell.

    :param blocks: of one source database, in order.
    :param anchors: of the same days.
    :param keys: the trusted keys.
    :param first_signed: number of the first signed block of the source database; None without any.
    """
    for block in blocks if keys else ():
        required = first_signed is not None and block.block_number > first_signed
        required |= (block.source_database, block.block_number) in anchors.signed
        required |= bool(keys.first_day and block.audit_timestamp.date() > keys.first_day)
        if block.signature is not None:
            if why := signatures.signed_wrong(block, keys):
                yield _block(block, "altered", why)
        elif required:
            events = f"{block.first_audit_sequence}-{block.last_audit_sequence}"
            detail = f"is not signed: its events {events}, or some of them, were appended by another program"
            yield _block(block, "added", detail)


def check_open_signature(
    source: str, newest: Block | None, leaves: list[bytes], last: int, signature: bytes | None, keys: Keys
) -> Iterator[Finding]:
    """Whether the events that no block holds yet are signed, where the block before them is.

    :param source: short name of the database.
    :param newest: that block.
    :param leaves: of these events, in order.
    :param last: the last number that was given.
    :param signature: that of the open events; None without one.
    :param keys: the trusted keys.
    """
    if not (keys and leaves and newest and newest.signature):
        return
    statement = signatures.of_open_events(source, newest.block_hash, last, leaves)
    # The day on which they were signed is unknown, and of the same minute as now: any trusted key will do.
    why = keys.what_is_wrong(signature, statement, None) if signature else "are not signed"
    if why:
        first = newest.last_audit_sequence + 1
        detail = f"open events: {why}: they, or some of them, were appended by another program, or altered"
        yield Finding(source, first, last, EVENTS, "added", None, detail)


def check_row_hashes(rows: Rows, form: Form) -> Iterator[Finding]:
    """Whether each row has the hash of its values; of a row that changed places, names where it was written.

    :param form: how they were hashed.
    """
    bad = defaultdict(list)
    for event in rows.values():
        for row in event:
            if row.digest != row.stored:
                bad[row.table].append(row)
    for those in bad.values():
        for row in those:
            origin = _origin(row, those, form) if len(those) <= COMPARED_ROWS else None
            if origin:
                yield _row(row, "reordered", f"was written as {origin.sequence} part {origin.part}")
            else:
                yield _row(row, "altered", "row_hash is not that of its values")


def _origin(row: StoredRow, others: list[StoredRow], form: Form) -> StoredRow | None:
    """The row in whose place this one was written."""
    width = 3 + chained_tables()[row.table].many
    for other in others:
        for moment in {row.fields[0], other.fields[0]} if other is not row else ():
            line = b"\t".join([moment, *other.fields[1:width], *row.fields[width:]])
            if form.row_hash(row.table, line) == row.stored:
                return other
    return None


def check_counters(
    source: str, last_sequence: int | None, last_block: int | None, newest: Block | None
) -> Iterator[Finding]:
    """Whether audit_sequence_manager agrees with the newest block.

    :param last_sequence: the last number that it gave; None where it has no row.
    :param last_block: the last block that it closed.
    :param newest: the newest block that there is.
    """
    number, last = (newest.block_number, newest.last_audit_sequence) if newest else (0, 0)
    if last_sequence is None:
        yield Finding(source, last, last, MANAGER, "missing", None, "the source database has rows, but no counter")
    elif last_block > number:
        yield Finding(source, number + 1, last_block, BLOCKS, "missing", None, "the counter of blocks is beyond")
    elif last_block < number or last_sequence < last:
        detail = f"counts block {last_block}, event {last_sequence}; there are block {number}, event {last}"
        yield Finding(source, last, last, MANAGER, "altered", None, detail)


def check_closed_events(block: Block, first: int, rows: Rows) -> Checked:
    """Whether the events of a block are all there, as written, with their rows and no others.

    :param first: number of its first event.
    :param rows: rows of these events, and of any others.
    """
    leaves = block.leaf_hashes
    keys = [(block.source_database, sequence) for sequence in range(first, first + len(leaves))]
    if merkle.root(leaves) != block.merkle_root:
        # Who changed the leaves alone has changed the block, not its events.
        carried = [row.leaf for key in keys for row in rows.get(key, ()) if row.table == EVENTS]
        if merkle.root(carried) == block.merkle_root:
            leaves = carried
    events = [rows.get(key, []) for key in keys]
    counted = Counter(row.table for event in events for row in event)
    complete = counted == _routes(block.table_rows)
    found = []
    for key, event, leaf in zip(keys, events, leaves, strict=True):
        found += _event(*key, event, leaf, complete)
    if not found and not complete:
        found.append(_block(block, "altered", f"expected rows {block.table_rows}, found {dict(counted)}"))
    return Checked(found, set(keys))


def check_open_events(events: Range, last: int, rows: Rows) -> Checked:
    """Whether the events that no block holds yet are there without gaps and fit together.

    :param events: what was read.
    :param last: the last number that was given; rows beyond it belong to no event.
    :param rows: rows of these events, and of any others.
    """
    keys = {key for key in rows if key[0] == events.source and events.first <= key[1] <= last}
    found = []
    expected = events.first
    for source, sequence in sorted(keys):
        if sequence > expected:
            found.append(Finding(source, expected, sequence - 1, EVENTS, "missing", None, GONE))
        event = rows[source, sequence]
        leaf = next((row.leaf for row in event if row.table == EVENTS), None)
        found += _event(source, sequence, event, leaf, complete=False)
        expected = sequence + 1
    if expected <= last:
        found.append(Finding(events.source, expected, last, EVENTS, "missing", None, GONE))
    return Checked(found, keys)


def leaves_of(keys: Iterable[Key], rows: Rows) -> list[bytes]:
    """The leaves that some events carry, in order.

    :param keys: source database and number of each event.
    :param rows: all rows of these events, by the same.
    """
    return [row.leaf for key in sorted(keys) for row in rows[key] if row.table == EVENTS]


def check_unknown_rows(rows: Iterable[StoredRow]) -> Iterator[Finding]:
    """Rows that belong to no event."""
    for row in rows:
        yield _row(row, "added", "nothing was written under this number")


def _event(source: str, sequence: int, rows: list[StoredRow], leaf: bytes | None, complete: bool) -> Iterator[Finding]:
    """One event: its rows against each other, and against its leaf in the block.

    :param complete: whether the block has as many rows of each table as it should, so that none is missing or added.
    """
    if not rows:
        yield Finding(source, sequence, sequence, EVENTS, "missing", None, GONE)
        return
    system = [row for row in rows if row.table == EVENTS]
    found = []
    if not system:
        found.append(Finding(source, sequence, sequence, EVENTS, "missing", None, "other rows of the event are left"))
    found += [_row(row, "added", "the event has a row here already") for row in _surplus(system, leaf)]
    described = next((row for row in system if row.digest == row.stored), None)
    if described:
        routed = _routes(described.routed_to)
        further = list(_further(source, sequence, rows, routed)) if routed is not None else []
        if routed is None or (further and complete):
            found.append(_row(described, "altered", "routed_to, and its row_hash"))
        else:
            found += further
    if found or any(row.digest != row.stored for row in rows):
        yield from found  # the leaf says no more
        return
    if _leaf(rows) != leaf:
        tables = ",".join(dict.fromkeys(row.table for row in _in_order(rows)))
        carried = system[0].leaf == _leaf(rows)
        with_hashes = "row_hash and leaf_hash" if carried else "row_hash"
        yield Finding(source, sequence, sequence, tables, "altered", None, f"a row of these, and its {with_hashes}")
    elif system[0].leaf != leaf:
        yield _row(system[0], "altered", "leaf_hash is not that of its rows")


def _routes(text: str) -> dict[str, int] | None:
    """The rows by table; None where the ledger never wrote such a text."""
    try:
        routes = rows_by_table(text)
    except ValueError:
        return None
    return routes if routes.keys() <= chained_tables().keys() else None


def _surplus(system: list[StoredRow], leaf: bytes | None) -> list[StoredRow]:
    """All but one of the rows that an event has in system_audit_log; the one that its block knows is kept."""
    kept = next((row for row in system if row.leaf == leaf and row.digest == row.stored), system[0] if system else None)
    return [row for row in system if row is not kept]


def _further(source: str, sequence: int, rows: list[StoredRow], expected: dict[str, int]) -> Iterator[Finding]:
    """The further rows of an event against what its row in system_audit_log says there are."""
    parts = defaultdict(list)
    for row in rows:
        if row.table != EVENTS:
            parts[row.table].append(row)
    for table in expected.keys() | parts.keys():
        count = expected.get(table, 0)
        present = {row.part for row in parts[table]}
        many = chained_tables()[table].many
        for part in sorted(set(range(1, count + 1)) - present):
            yield Finding(
                source, sequence, sequence, table, "missing", part if many else None, "the event has no such row"
            )
        seen = set()
        for row in parts[table]:
            if row.part > count or row.part in seen:
                yield _row(row, "added", f"the event has {count} rows here")
            seen.add(row.part)


def _leaf(rows: list[StoredRow]) -> bytes:
    return merkle.leaf_hash(b"".join([row.digest for row in _in_order(rows)]))


def _in_order(rows: list[StoredRow]) -> list[StoredRow]:
    return sorted(rows, key=lambda row: (row.table != EVENTS, row.table, row.part))


def _row(row: StoredRow, kind: str, detail: str) -> Finding:
    part = row.part if chained_tables()[row.table].many else None
    return Finding(row.source, row.sequence, row.sequence, row.table, kind, part, detail)
