"""The ledger of one source database: numbers its events, hashes them, and closes blocks over them.

An append is one MySQL transaction: the rows of the events, the blocks that they complete, and the position up to which
the source is taken over. Whatever ends it, even a ``kill -9``, leaves all of it or nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime

from MySQLdb.connections import Connection
from MySQLdb.cursors import Cursor

from genims.audit.format import block as blocks
from genims.audit.format.block import NO_BLOCK, rows_by_table
from genims.audit.format.chained_tables import EVENTS, chained_tables
from genims.audit.format.encoded_event import EncodedEvent, encode
from genims.audit.format.event import AuditEvent
from genims.audit.ledger.draft import Draft
from genims.audit.ledger.insert_lines import Intake, insert_lines
from genims.audit.ledger.position import Position
from genims.audit.ledger.signing import is_vouched, signing_keys
from genims.audit.ledger.state import State
from genims.core.clock import utc_now
from genims.core.errors import Fenced, SourceBusy

LOCK_SECONDS = 30

RAISE_FENCE = """
INSERT INTO audit_sequence_manager
    (source_database, last_audit_sequence, fence, last_block_number, open_events, updated_at)
VALUES (%s, 0, 1, 0, 0, %s)
ON DUPLICATE KEY UPDATE fence = fence + 1, updated_at = VALUES(updated_at)
"""

STATE = """
SELECT
    fence, open_format, open_signature, last_audit_sequence, last_source_sequence,
    done_snapshot, reading_snapshot, after_seq, cluster_id
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

HOLD = """
SELECT source_database, fence
FROM audit_sequence_manager
WHERE source_database IN %s
ORDER BY source_database
FOR UPDATE
"""

ADD_BLOCK = f"INSERT INTO {blocks.TABLE} ({blocks.COLUMNS}) VALUES %s"


class Ledger:
    """The one writer of a source database's events; every other one waits or is refused.

    Between calls it holds no transaction. A call that fails writes nothing and leaves the ledger as it was, so the
    caller may go on. Only when the connection is lost does the caller need a new ledger. ``open`` makes it.

    :param connection: a session of the audit writer, without a transaction.
    :param fence: the number of this writer among all writers of the source.
    :param state: where the source stands.
    :param clock: tells the time in UTC, without time zone.
    :ivar intake: how much the server takes at once.
    """

    def __init__(self, connection: Connection, fence: int, state: State, clock: Callable[[], datetime]):
        self.connection = connection
        self.fence = fence
        self._state = state
        self._clock = clock
        self.intake = Intake.of(connection)

    @classmethod
    def open(
        cls,
        connection: Connection,
        source: str,
        clock: Callable[[], datetime] = utc_now,
        wait_seconds: float = LOCK_SECONDS,
    ) -> Ledger:
        """Become the writer of a source database.

        :param connection: a session of the audit writer, without a transaction.
        :param source: short name of the source database, or ``pipeline``.
        :param clock: tells the time in UTC, without time zone.
        :param wait_seconds: how long to wait for another writer to let go.
        :raises SourceBusy: another writer did not let go in time.
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
            fence, version, signature, last, last_source, *position = cursor.fetchone()
            cursor.execute(LAST_BLOCK, (source,))
            number, closed, previous, closed_at = cursor.fetchone() or (0, 0, NO_BLOCK, datetime.min)
            state = State(source, Position(*position), last, last_source, number, previous, closed_at)
            cursor.execute(OPEN_EVENTS, (source, closed))
            for leaf, recorded_at, routed_to in cursor.fetchall():
                state.leaves.append(leaf)
                state.opened_at = state.opened_at or recorded_at
                state.table_rows[EVENTS] += 1
                state.table_rows.update(rows_by_table(routed_to))
            connection.commit()
        state.keys = signing_keys()
        if state.leaves:
            state.version = version
            state.vouched = is_vouched(state, signature)
        return cls(connection, fence, state, clock)

    @property
    def source(self) -> str:
        """Short name of the source database, or ``pipeline``."""
        return self._state.source

    @property
    def position(self) -> Position:
        """Up to where the source is taken over."""
        return self._state.position

    @property
    def last_sequence(self) -> int:
        """The last ``audit_sequence`` given."""
        return self._state.last_sequence

    @property
    def last_source_sequence(self) -> int | None:
        """The greatest number of the source's own that is taken over."""
        return self._state.last_source_sequence

    def append(self, events: list[AuditEvent], position: Position | None = None, *, seal: bool = False) -> None:
        """Write events and the new position in one transaction, and commit it.

        :param events: in the order in which they are numbered.
        :param position: the new position in the source; None keeps the old one.
        :param seal: close the block behind them at once, for a writer that does not stay to close it later.
        :raises Fenced: another writer has taken over.
        :raises ValueError: a column that its table does not have, or a value that its column cannot hold unchanged.
        :raises LoadError: MySQL would have changed or refused a row.
        """
        self.append_encoded([encode(event) for event in events], position, seal=seal)

    def append_encoded(
        self, encoded: list[EncodedEvent], position: Position | None = None, *, seal: bool = False
    ) -> None:
        """``append`` for events that are in canonical text already; its errors are the same.

        :param encoded: the events, in the order in which they get their numbers.
        :param position: where their source stands after them; None: as before.
        :param seal: close the open block after them.
        """
        appending = Appending([(self, encoded, position, seal)])
        try:
            appending.write(self.connection)
        except BaseException:
            appending.undo()
            raise

    def advance(self, encoded: list[EncodedEvent], position: Position | None, seal: bool) -> Draft:
        """Number and hash events, and stand behind them from now on. The draft is still to be written.

        :param encoded: in the order in which they are numbered.
        :param position: the new position in the source; None keeps the old one.
        :param seal: close the block behind them at once.
        """
        draft = Draft(self._state, encoded, position, self._clock(), seal)
        self._state = draft.state
        return draft

    def restore(self, draft: Draft) -> None:
        """Stand again where the ledger stood before a draft, which will not be written.

        :param draft: the last one that ``advance`` returned and that was neither written nor taken back.
        """
        self._state = draft.before

    def tick(self) -> None:
        """Close the open block if its time has come.

        :raises Fenced: another writer has taken over.
        """
        if self.is_due:
            self.append([])

    def close(self) -> None:
        """Let another writer in."""
        with self.connection.cursor() as cursor:
            cursor.execute("SELECT RELEASE_LOCK(CONCAT(DATABASE(), '.', %s))", (self.source,))

    @property
    def is_due(self) -> bool:
        """Whether it is time to close the open block."""
        return self._state.is_due(self._clock())


class Appending:
    """An append to several ledgers: made in memory at once, written in one transaction later.

    Making it advances the ledgers. Several appendings of the same ledger must be written in the order in which they
    were made, and undone in the opposite order.

    :param batches: each ledger once, its encoded events, its new position (None keeps the old one), and whether to
        close its open block.
    """

    def __init__(self, batches: list[tuple[Ledger, list[EncodedEvent], Position | None, bool]]):
        self._drafts = [(ledger, ledger.advance(*rest)) for ledger, *rest in batches]

    def write(self, connection: Connection) -> None:
        """Write and commit.

        :param connection: a session of the audit writer, without a transaction.
        :raises Fenced: another writer has taken over one of the ledgers; nothing was written.
        :raises LoadError: MySQL would have changed or refused a row; nothing was written.
        """
        lines: dict[str, list[bytes]] = defaultdict(list)
        for _, draft in self._drafts:
            for table, added in draft.lines.items():
                lines[table].extend(added)
        ledgers = [ledger for ledger, _ in self._drafts]
        try:
            with connection.cursor() as cursor:
                _hold(ledgers, cursor)
                for table, added in lines.items():
                    insert_lines(connection, chained_tables()[table], added, ledgers[0].intake)
                for _, draft in self._drafts:
                    for block in draft.blocks:
                        cursor.execute(ADD_BLOCK, (tuple(block),))
                _store(self._drafts, cursor)
            connection.commit()
        except BaseException:
            connection.rollback()
            raise

    def undo(self) -> None:
        """Take the ledgers back to where they stood, because nothing of this was written."""
        for ledger, draft in self._drafts:
            ledger.restore(draft)


def _hold(ledgers: list[Ledger], cursor: Cursor) -> None:
    """Keep other writers out until the commit.

    :raises Fenced: another writer has been in already.
    """
    cursor.execute(HOLD, ([ledger.source for ledger in ledgers],))
    fences = dict(cursor.fetchall())
    for ledger in ledgers:
        if fences[ledger.source] != ledger.fence:
            raise Fenced(
                f"{ledger.source}: writer {fences[ledger.source]} has taken over from writer {ledger.fence}; nothing "
                "was written. That one goes on; this one must end."
            )


def _store(drafts: list[tuple[Ledger, Draft]], cursor: Cursor) -> None:
    """Store where all ledgers stand afterwards, in one statement. Their rows exist, because they are held."""
    columns = list(drafts[0][1].stored)
    cursor.executemany(
        f"INSERT INTO audit_sequence_manager (source_database, fence, {', '.join(columns)}) "
        f"VALUES (%s, %s{', %s' * len(columns)}) "
        f"ON DUPLICATE KEY UPDATE {', '.join(f'{name} = VALUES({name})' for name in columns)}",
        [(ledger.source, ledger.fence, *draft.stored.values()) for ledger, draft in drafts],
    )
