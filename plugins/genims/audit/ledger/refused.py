"""Finds the events that MySQL refuses, however many, without writing any."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from MySQLdb.connections import Connection

from genims.audit.format.chained_tables import EVENTS, ChainedTable, chained_tables
from genims.audit.format.encoded_event import EncodedEvent
from genims.audit.ledger.insert_lines import Intake, insert_lines
from genims.audit.ledger.ledger import Ledger
from genims.core.errors import LoadError

# Refused lines are parted by this number and tried again: little is tried twice where all of them are bad.
PARTS = 8


def refused_events(connection: Connection, ledger: Ledger, encoded: list[EncodedEvent]) -> list[int]:
    """The places of the events that have a row which MySQL does not take, in order.

    Every try is rolled back, so that this takes a small fraction of a millisecond for each bad event.

    :param connection: a session of the audit writer, without a transaction.
    :param ledger: theirs, with no append under way.
    :param encoded: the events.
    """
    draft = ledger.advance(encoded, None, False)
    ledger.restore(draft)
    places: dict[str, list[int]] = defaultdict(list)
    for place, event in enumerate(encoded):
        places[EVENTS].append(place)
        for table in event.tables:
            places[table].append(place)
    found = set()
    for table, lines in draft.lines.items():
        bad = _refused(connection, chained_tables()[table], lines, ledger.intake)
        found |= {places[table][number] for number in bad}
    return sorted(found)


def _refused(
    connection: Connection, table: ChainedTable, lines: list[bytes], intake: Intake, first: int = 0
) -> Iterator[int]:
    """The numbers of the lines that are not taken, counted from ``first``."""
    if _are_taken(connection, table, lines, intake):
        return
    if len(lines) == 1:
        yield first
        return
    step = -(-len(lines) // PARTS)
    for start in range(0, len(lines), step):
        yield from _refused(connection, table, lines[start : start + step], intake, first + start)


def _are_taken(connection: Connection, table: ChainedTable, lines: list[bytes], intake: Intake) -> bool:
    try:
        insert_lines(connection, table, lines, intake)
    except LoadError:
        return False
    finally:
        connection.rollback()
    return True
