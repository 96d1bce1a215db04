"""Where reading a source goes on: what MySQL has already is cleared, and a source that was moved or set back is told.

MySQL decides what is delivered, not the stored snapshot: after a crash the source gives out again numbers of
transactions that the snapshot calls seen.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from MySQLdb.connections import Connection

from genims.audit.ledger.decisions import last_decision
from genims.audit.ledger.position import Position
from genims.audit.stream.outbox import TOGETHER, Delivered, Outbox
from genims.core import connections
from genims.core.errors import WillNotHeal
from genims.hooks.mysql import GenimsMySqlHook

# Delivered events that are looked up, and cleared, at a time.
CLEAR_EVENTS = 4_000
# Delivered events that the source no longer knows are looked for among so many of the newest.
NEWEST = 200_000
# Numbers rise with the time of their events, but for what two sessions do at the same moment.
SAME_MOMENT = timedelta(seconds=1)

DELIVERED = """
SELECT source_sequence, transaction_id, audit_timestamp
FROM system_audit_log
WHERE source_database = %s AND transaction_id IN %s AND source_sequence BETWEEN %s AND %s
"""

NEWEST_EVENT = "SELECT last_audit_sequence FROM audit_sequence_manager WHERE source_database = %s"

# It is among the newest, but for events of transactions that ended late.
LAST_AT = """
SELECT audit_timestamp
FROM system_audit_log
WHERE source_database = %s AND source_sequence = %s
ORDER BY audit_sequence DESC
LIMIT 1
"""

# Delivered events with a greater number than the source has given.
UNKNOWN_THERE = """
SELECT COUNT(*), MIN(source_sequence), MAX(source_sequence), MIN(audit_timestamp), MAX(audit_timestamp)
FROM system_audit_log
WHERE source_database = %s AND audit_sequence > %s AND source_sequence > %s AND source_sequence <= %s
"""

# Delivered events of transactions that the source has not begun yet.
OF_LATER_TRANSACTIONS = """
SELECT MIN(source_sequence)
FROM system_audit_log
WHERE source_database = %s AND audit_sequence > %s AND transaction_id >= %s
"""

IS_SAID = """
SELECT COUNT(*)
FROM security_events
WHERE source_database = %s AND event_type = 'source_set_back' AND object_name = %s
"""


@dataclass(frozen=True)
class Move:
    """A confirmed move of a source to another cluster.

    :param last_number: the number that its outbox had given last when the move was confirmed; None if unknown.
    :param persons: who requested and who confirmed it.
    """

    old: str
    new: str
    last_number: int | None
    persons: str


class Record:
    """What MySQL has of a source; it signs in once it is asked.

    :param source: its short name.
    :param last_number: the greatest number of the source's own that is delivered; None if there is none.
    """

    def __init__(self, source: str, last_number: int | None):
        self.source = source
        self.last_number = last_number
        self._session: Connection | None = None

    def delivered_of(self, events: list[Delivered]) -> list[Delivered]:
        """Those of some events that MySQL has.

        :param events: in the order of their numbers.
        """
        if not events:
            return []
        xids = list({event.xid for event in events})
        rows = self._rows(DELIVERED, self.source, xids, events[0].seq, events[-1].seq)
        known = {Delivered._make(row) for row in rows}
        return [event for event in events if event in known]

    def confirmed_move(self, old: str, new: str) -> Move | None:
        """The move that two persons have confirmed last, if it is that from one cluster to another.

        :param old: system_identifier of the one.
        :param new: that of the other.
        """
        with self._signed_in() as session:
            decision = last_decision(session, "source_moved", self.source)
        if decision is None or decision.step != "confirmed":
            return None
        if (decision.detail["from"], decision.detail["to"]) != (old, new):
            return None
        return Move(old, new, decision.detail["last_number"], decision.persons)

    def unknown_there(self, last_number: int) -> str | None:
        """Names the delivered events with a greater number than the source had given last; None if there are none."""
        end = row_of(last_number) + TOGETHER - 1
        [(count, first, last, since, until)] = self._rows(
            UNKNOWN_THERE, self.source, self._newest(), end, self.last_number
        )
        if not count:
            return None
        return f"{count} delivered events, {first} to {last}, made from {since} to {until} UTC"

    def is_of_later_transactions(self, next_xid: int) -> bool:
        """Whether events of transactions are delivered that the source has not begun yet."""
        return self._rows(OF_LATER_TRANSACTIONS, self.source, self._newest(), next_xid) != [(None,)]

    def happened_at(self, number: int) -> datetime:
        """When the event of a delivered number happened, UTC, without time zone."""
        return self._rows(LAST_AT, self.source, number)[0][0]

    def is_said(self, object_name: str) -> bool:
        """Whether it is on record that the source was set back, under a name."""
        return self._rows(IS_SAID, self.source, object_name)[0][0] > 0

    def close(self) -> None:
        """Sign out."""
        if self._session:
            self._session.close()

    def _newest(self) -> int:
        """The ``audit_sequence`` behind which the newest events begin."""
        return self._rows(NEWEST_EVENT, self.source)[0][0] - NEWEST

    def _rows(self, statement: str, *values: object) -> list[tuple]:
        with self._signed_in() as session, session.cursor() as cursor:
            cursor.execute(statement, values)
            return list(cursor.fetchall())

    @contextmanager
    def _signed_in(self) -> Iterator[Connection]:
        """The session, whose next reading sees what is committed by then."""
        self._session = self._session or GenimsMySqlHook(connections.AUDIT).get_conn()
        yield self._session
        self._session.commit()


def clear_delivered(outbox: Outbox, record: Record, left_over: Iterable[list[Delivered]]) -> tuple[int, list[int]]:
    """Clear of the outbox what MySQL has.

    :param outbox: of the source.
    :param record: what MySQL has of the source.
    :param left_over: events of the outbox that may be delivered, in portions, in the order of their numbers.
    :returns: how many they were, and the numbers of the others.
    """
    cleared, waiting = 0, []
    for events in left_over:
        delivered = set(record.delivered_of(events))
        outbox.clear([event.seq for event in events if event in delivered])
        cleared += len(delivered)
        waiting += [event.seq for event in events if event not in delivered]
    return cleared, waiting


def set_back(outbox: Outbox, record: Record, position: Position) -> tuple[str, str] | None:
    """Whether a source was set back to an earlier moment, as by a point-in-time restore.

    It is, where it has not begun transactions yet whose events are delivered, or gives numbers again. A crash alone
    loses nothing that was delivered.

    :param outbox: of the source.
    :param record: what MySQL has of the source.
    :param position: the stored one, of the same cluster.
    :returns: under which name it is to be put on record, and what is to be said; None if it was not set back, or that
        is on record already.
    """
    last_number = record.last_number
    if position.done_snapshot is None or last_number is None:
        return None
    name = f"{record.source} at number {last_number}"
    state = outbox.state(position.done_snapshot)
    signs = []
    if state.next_xid < state.done_xid and record.is_of_later_transactions(state.next_xid):
        signs.append(f"it is about to begin transaction {state.next_xid}, and events of later ones are delivered")
    if state.last_number is not None and row_of(state.last_number) < row_of(last_number):
        unknown = record.unknown_there(state.last_number)
        signs.append(f"its last number is {state.last_number}: it does not know {unknown or 'the later ones'}")
    newest = outbox.newest_up_to(last_number)
    if newest and newest.at > record.happened_at(last_number) + SAME_MOMENT:
        signs.append(f"it gave numbers again, such as {newest.seq} at {newest.at} UTC")
    if not signs or record.is_said(name):
        return None
    return name, (
        f"The source was set back to an earlier moment: number {last_number} is delivered, but {'; '.join(signs)}. Its "
        "events are told apart by time and go on. Have source_moved confirmed, so that no number is given again"
    )


def moved(record: Record, position: Position, found: str, place: str) -> Move:
    """The confirmed move to the cluster that was found.

    :param position: the stored one, of another cluster.
    :param found: system_identifier of the cluster.
    :param place: database and server, for the message.
    :raises WillNotHeal: no two persons have confirmed it.
    """
    move = record.confirmed_move(position.cluster_id, found)
    if move is None:
        raise WillNotHeal(
            f"{place}: the stored position belongs to the PostgreSQL cluster {position.cluster_id}, but this one is "
            f"{found}. If the source was moved there, let one person request and another confirm it in the form "
            "source_moved; if not, let its connection name the old cluster again."
        )
    return move


def account_of_move(record: Record, move: Move, cleared: int, waiting: list[int]) -> tuple[str, str]:
    """What is on record of a move: whether delivered events are unknown there, and which numbers are missing.

    :param record: what MySQL has of the source.
    :param move: the confirmed move.
    :param cleared: events of the outbox that were delivered already.
    :param waiting: numbers of the others, in order.
    :returns: severity and text.
    """
    last = record.last_number or 0
    gaps = []
    is_behind = move.last_number is not None and row_of(move.last_number) < row_of(last)
    if is_behind and (unknown := record.unknown_there(move.last_number)):
        gaps.append(f"the new cluster does not know {unknown}: it was set back")
    first_new = row_of(last) + TOGETHER
    later = [number for number in waiting if number >= first_new]
    known_to = later[0] if later else (row_of(move.last_number) + TOGETHER if move.last_number else first_new)
    if known_to > first_new:
        gaps.append(
            f"the numbers {first_new} to {known_to - 1} are neither delivered nor in its outbox (transactions that "
            "were rolled back leave such gaps, too)"
        )
    text = (
        f"Moved from cluster {move.old} to {move.new}, {move.persons}. Delivered up to number {last}; of the events in "
        f"its outbox {cleared} were delivered already, {len(waiting)} are delivered now. "
        + ("Gaps: " + "; ".join(gaps) if gaps else "No gap")
    )
    return ("critical" if gaps else "info"), text


def row_of(number: int) -> int:
    """The number of the row of the outbox that an event was in."""
    return number - (number - 1) % TOGETHER
