"""What one append adds to one ledger: made in memory, before MySQL sees any of it."""

from __future__ import annotations

from binascii import hexlify
from collections import Counter, defaultdict
from datetime import datetime

from genims.audit.format import canonical, merkle, versions
from genims.audit.format.block import Block
from genims.audit.format.chained_tables import EVENTS
from genims.audit.format.encoded_event import EncodedEvent
from genims.audit.ledger.position import Position
from genims.audit.ledger.state import State

BLOCK_EVENTS = 10_000


class Draft:
    """One ledger's part of a transaction.

    :param before: where the ledger stands; it is not changed.
    :param encoded: the events to add, in order.
    :param position: the new position in the source; None keeps the old one.
    :param now: UTC, without time zone.
    :param seal: close the block behind the last event at once.
    :ivar state: where the ledger stands afterwards.
    :ivar blocks: the blocks that are closed, in order.
    :ivar lines: the new rows by table, as ``insert_lines`` takes them.
    """

    def __init__(
        self, before: State, encoded: list[EncodedEvent], position: Position | None, now: datetime, seal: bool
    ):
        self.before = before
        self.now = now
        self.state = before.copy()
        self.state.position = position or before.position
        self.blocks: list[Block] = []
        self.lines: dict[str, list[bytes]] = defaultdict(list)
        if before.is_due(now):
            self._close_block()
        done = 0
        while done < len(encoded):
            fitting = encoded[done : done + BLOCK_EVENTS - len(self.state.leaves)]
            self._add(fitting)
            done += len(fitting)
            if len(self.state.leaves) == BLOCK_EVENTS:
                self._close_block()
        if seal and self.state.leaves:
            self._close_block()

    def _close_block(self) -> None:
        self.blocks.append(self.state.close_block(self.now))

    def _add(self, encoded: list[EncodedEvent]) -> None:
        """Number and hash events that fit into the open block."""
        state, lines = self.state, self.lines
        recorded_at = canonical.moment(self.now)
        if not state.leaves:
            state.version = versions.FORMAT
        row_hash = versions.FORMS[state.version].row_hash
        sequence = state.last_sequence
        for event in encoded:
            sequence += 1
            envelope = f"{event.at}\t{state.source}\t{sequence}\t"
            digests = []
            for table, fields in zip(event.tables, event.fields, strict=True):
                line = f"{envelope}{fields}".encode()
                digest = row_hash(table, line)
                digests.append(digest)
                lines[table].append(b"%b\t%b" % (line, hexlify(digest)))
            line = f"{envelope}{event.system}\t{recorded_at}".encode()
            digest = row_hash(EVENTS, line)
            leaf = merkle.leaf_hash(b"".join([digest, *digests]))
            lines[EVENTS].append(b"%b\t%b\t%b" % (line, hexlify(digest), hexlify(leaf)))
            state.leaves.append(leaf)
        state.last_sequence = sequence
        state.opened_at = state.opened_at or self.now
        state.table_rows[EVENTS] += len(encoded)
        for tables, count in Counter(event.tables for event in encoded).items():
            for table in tables:
                state.table_rows[table] += count
        captured = [event.source_sequence for event in encoded if event.source_sequence is not None]
        state.last_source_sequence = max([*captured, state.last_source_sequence or 0]) or None

    @property
    def stored(self) -> dict[str, object]:
        """Where the ledger stands afterwards, by column of ``audit_sequence_manager``."""
        state = self.state
        return {
            "last_audit_sequence": state.last_sequence,
            "last_source_sequence": state.last_source_sequence,
            "done_snapshot": state.position.done_snapshot,
            "reading_snapshot": state.position.reading_snapshot,
            "after_seq": state.position.after_seq,
            "cluster_id": state.position.cluster_id,
            "last_block_number": state.block_number,
            "open_events": len(state.leaves),
            "open_since": state.opened_at,
            "updated_at": self.now,
            "open_format": state.version,
            "open_signature": state.keys.sign(state.open_statement) if state.leaves and state.vouched else None,
        }
