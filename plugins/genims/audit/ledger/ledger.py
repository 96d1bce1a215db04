"""The ledger of one source database: numbers its events, hashes them, and closes blocks over them.

An append is one MySQL transaction: the rows of the events, the blocks that they complete, and the place in the source
up to which it is taken over. Whatever ends it, a ``kill -9`` included, all of it is there or nothing.
"""

from __future__ import annotations

from binascii import hexlify
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from MySQLdb.connections import Connection

from genims.audit.format import block as blocks
from genims.audit.format import canonical, merkle, versions
from genims.audit.format.block import NO_BLOCK, Block, routes, rows_by_table
from genims.audit.format.chained_tables import EVENTS, chained_tables
from genims.audit.format.encoded_event import EncodedEvent, encode
from genims.audit.format.event import AuditEvent
from genims.audit.ledger.insert_lines import insert
from genims.audit.ledger.position import Position
from genims.core.clock import utc_now
from genims.core.errors import Fenced, SourceBusy

BLOCK_EVENTS = 10_000
BLOCK_AGE = timedelta(seconds=60)
LOCK_SECONDS = 30

LOCAL_INFILE = "SELECT @@GLOBAL.local_infile"

RAISE_FENCE = """
INSERT INTO audit_sequence_manager
    (source_database, last_audit_sequence, fence, last_block_number, open_events, updated_at)
VALUES (%s, 0, 1, 0, 0, %s)
ON DUPLICATE KEY UPDATE fence = fence + 1, updated_at = VALUES(updated_at)
"""

STATE = """
SELECT fence, last_audit_sequence, last_source_sequence, done_snapshot, reading_snapshot, after_seq, cluster_id
FROM audit_sequence_manager
WHERE source_database = %s
"""

LAST_BLOCK = """
SELECT block_number, last_audit_sequence, block_hash, audit_timestamp
FROM audit_trail_completeness
WHERE source_database = %s
ORDER BY block_number DESC
LIMIT 1
"""

OPEN_EVENTS = """
SELECT leaf_hash, recorded_at, routed_to
FROM system_audit_log
WHERE source_database = %s AND audit_sequence > %s
ORDER BY audit_sequence
"""

# Of all sources in one statement. The rows are there, as they are held.
STORE_STATES = """
INSERT INTO audit_sequence_manager (
    source_database, fence, last_audit_sequence, last_source_sequence, done_snapshot, reading_snapshot, after_seq,
    cluster_id, last_block_number, open_events, open_since, updated_at
)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
ON DUPLICATE KEY UPDATE
    last_audit_sequence = VALUES(last_audit_sequence),
    last_source_sequence = VALUES(last_source_sequence),
    done_snapshot = VALUES(done_snapshot),
    reading_snapshot = VALUES(reading_snapshot),
    after_seq = VALUES(after_seq),
    cluster_id = VALUES(cluster_id),
    last_block_number = VALUES(last_block_number),
    open_events = VALUES(open_events),
    open_since = VALUES(open_since),
    updated_at = VALUES(updated_at)
"""

HOLD = """
SELECT source_database, fence
FROM audit_sequence_manager
WHERE source_database IN %s
ORDER BY source_database
FOR UPDATE
"""

ADD_BLOCK = f"INSERT INTO {blocks.TABLE} ({blocks.COLUMNS}) VALUES %s"


@dataclass
class State:
    """Where a source database stands; a copy of it becomes the present one when its transaction is committed."""

    source: str
    position: Position
    last_sequence: int
    last_source_sequence: int | None
    block_number: int
    block_hash: bytes
    closed_at: datetime
    leaves: list[bytes] = field(default_factory=list)
    table_rows: Counter = field(default_factory=Counter)
    opened_at: datetime | None = None

    def copy(self) -> State:
        return replace(self, leaves=self.leaves.copy(), table_rows=self.table_rows.copy())

    def close_block(self, now: datetime) -> Block:
        """The open events as a block; none is open afterwards."""
        self.block_number += 1
        # Blocks are in order of time, also where the clock was set back.
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
                format_version=versions.FORMAT,
            )
        )
        self.block_hash = block.block_hash
        self.leaves, self.table_rows, self.opened_at = [], Counter(), None
        return block


class Ledger:
    """The one writer of a source database's events; every other one waits or is refused.

    Between calls it holds no transaction. After an error the rows of the failed call are not there and the ledger is
    as before, so the caller may go on, unless the connection is lost: then it opens a new one.

    :param connection: a session of the audit writer, without a transaction.
    :ivar local_infile: whether its server takes ``LOAD DATA LOCAL``.
    """

    def __init__(self, connection: Connection, fence: int, state: State, clock: Callable[[], datetime]):
        self.connection = connection
        self.fence = fence
        self._state = state
        self._clock = clock
        with connection.cursor() as cursor:
            cursor.execute(LOCAL_INFILE)
            self.local_infile = bool(cursor.fetchone()[0])

    @classmethod
    def open(
        cls,
        connection: Connection,
        source: str,
        clock: Callable[[], datetime] = utc_now,
        wait_seconds: float = LOCK_SECONDS,
    ) -> Ledger:
        """Become the writer of a source database.

        :param source: its short name, or ``pipeline``.
        :param clock: tells the time in UTC, without time zone.
        :param wait_seconds: how long another writer may take to let go.
        :raises SourceBusy: it did not.
        """
        with connection.cursor() as cursor:
            cursor.execute("SELECT GET_LOCK(CONCAT(DATABASE(), '.', %s), %s)", (source, wait_seconds))
            if cursor.fetchone()[0] != 1:
                raise SourceBusy(
                    f"{source}: another writer has held its ledger for {wait_seconds} s. It goes on by itself; "
                    "stop that one if two were started."
                )
            cursor.execute(RAISE_FENCE, (source, clock()))
            connection.commit()
            cursor.execute(STATE, (source,))
            fence, last, last_source, *place = cursor.fetchone()
            cursor.execute(LAST_BLOCK, (source,))
            number, closed, previous, closed_at = cursor.fetchone() or (0, 0, NO_BLOCK, datetime.min)
            state = State(source, Position(*place), last, last_source, number, previous, closed_at)
            cursor.execute(OPEN_EVENTS, (source, closed))
            for leaf, recorded_at, routed_to in cursor.fetchall():
                state.leaves.append(leaf)
                state.opened_at = state.opened_at or recorded_at
                state.table_rows[EVENTS] += 1
                state.table_rows.update(rows_by_table(routed_to))
            connection.commit()
        return cls(connection, fence, state, clock)

    @property
    def source(self) -> str:
        return self._state.source

    @property
    def position(self) -> Position:
        """Up to where the source is taken over."""
        return self._state.position

    @property
    def last_sequence(self) -> int:
        """The last ``audit_sequence`` given."""
        return self._state.last_sequence

    def append(self, events: list[AuditEvent], position: Position | None = None, *, seal: bool = False) -> None:
        """Write events and the new place in the source, in one transaction, and commit it.

        :param position: the new place in the source; without one it stays.
        :param seal: close the block behind them at once, for a writer that does not stay to close it later.
        :raises Fenced: another writer has taken over.
        :raises ValueError: a value that its column cannot hold as it is.
        :raises LoadError: MySQL would not take a row as it is.
        """
        self.append_encoded([encode(event) for event in events], position, seal=seal)

    def append_encoded(
        self, encoded: list[EncodedEvent], position: Position | None = None, *, seal: bool = False
    ) -> None:
        """``append`` for what is in canonical text already."""
        appending = Appending([(self, encoded, position, seal)])
        try:
            appending.write(self.connection)
        except BaseException:
            appending.undo()
            raise

    def tick(self) -> None:
        """Close the open block if its time has come."""
        if self.is_due:
            self.append([])

    def close(self) -> None:
        """Let another writer in."""
        with self.connection.cursor() as cursor:
            cursor.execute("SELECT RELEASE_LOCK(CONCAT(DATABASE(), '.', %s))", (self.source,))

    @property
    def is_due(self) -> bool:
        """Whether it is time to close the open block."""
        opened_at = self._state.opened_at
        return opened_at is not None and self._clock() - opened_at >= BLOCK_AGE


class _Draft:
    """One ledger's part of a transaction, made in memory."""

    def __init__(self, ledger: Ledger, encoded: list[EncodedEvent], position: Position | None, seal: bool = False):
        self.ledger = ledger
        self.now = ledger._clock()
        self.before = ledger._state
        self.state = self.before.copy()
        self.state.position = position or self.state.position
        self.blocks: list[Block] = []
        self.lines: dict[str, list[bytes]] = defaultdict(list)
        if ledger.is_due:
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
        ledger._state = self.state

    def _close_block(self) -> None:
        self.blocks.append(self.state.close_block(self.now))

    def _add(self, encoded: list[EncodedEvent]) -> None:
        """Number and hash events that go into the open block."""
        state, lines = self.state, self.lines
        recorded_at = canonical.moment(self.now)
        row_hash = versions.written_form().row_hash
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
    def row(self) -> tuple:
        """Where the ledger stands afterwards, in the order of STORE_STATES."""
        state = self.state
        return (
            state.source,
            self.ledger.fence,
            state.last_sequence,
            state.last_source_sequence,
            state.position.done_snapshot,
            state.position.reading_snapshot,
            state.position.after_seq,
            state.position.cluster_id,
            state.block_number,
            len(state.leaves),
            state.opened_at,
            self.now,
        )


class Appending:
    """An append to several ledgers: made in memory at once, written in one transaction later.

    Making it moves the ledgers on. Whoever makes several for the same ledger takes care that they are written in the
    same order, and that those made later are undone first.

    :param batches: each ledger once, its encoded events, its new position, and whether to close its open block.
    """

    def __init__(self, batches: list[tuple[Ledger, list[EncodedEvent], Position | None, bool]]):
        self._drafts = [_Draft(*batch) for batch in batches]

    def write(self, connection: Connection) -> None:
        """Write and commit.

        :param connection: a session of the audit writer, without a transaction.
        :raises Fenced: another writer has taken over one of the ledgers; nothing was written.
        :raises LoadError: MySQL would not take a row as it is; nothing was written.
        """
        lines: dict[str, list[bytes]] = defaultdict(list)
        for draft in self._drafts:
            for table, added in draft.lines.items():
                lines[table].extend(added)
        local_infile = self._drafts[0].ledger.local_infile
        try:
            with connection.cursor() as cursor:
                _hold([draft.ledger for draft in self._drafts], cursor)
                for table, added in lines.items():
                    insert(connection, chained_tables()[table], added, local_infile)
                for draft in self._drafts:
                    for block in draft.blocks:
                        cursor.execute(ADD_BLOCK, (tuple(block),))
                cursor.executemany(STORE_STATES, [draft.row for draft in self._drafts])
            connection.commit()
        except BaseException:
            connection.rollback()
            raise

    def undo(self) -> None:
        """Take the ledgers back to where they were before, since this is not written."""
        for draft in self._drafts:
            draft.ledger._state = draft.before


def _hold(ledgers: list[Ledger], cursor) -> None:
    """Keep other writers out until the commit.

    :raises Fenced: one of them has been in already.
    """
    cursor.execute(HOLD, ([ledger.source for ledger in ledgers],))
    fences = dict(cursor.fetchall())
    for ledger in ledgers:
        if fences[ledger.source] != ledger.fence:
            raise Fenced(
                f"{ledger.source}: writer {fences[ledger.source]} has taken over from writer {ledger.fence}; nothing "
                "was written. That one goes on; this one must end."
            )
