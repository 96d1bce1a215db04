"""Finds the events that MySQL refuses, however many, without writing any."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from MySQLdb.connections import Connection

from genims.audit.format.chained_tables import ENVELOPE, EVENTS, ChainedTable, chained_tables
from genims.audit.format.encoded_event import EncodedEvent
from genims.audit.ledger.insert_lines import Intake, insert_lines, inserts
from genims.audit.ledger.ledger import Ledger
from genims.core.errors import LoadError

# Refused lines are parted by this number and tried again: little is tried twice where all of them are bad.
PARTS = 8
# MySQL keeps a thousand warnings of a statement: several for each of so many rows.
WARNED_ROWS = 200
AT_ROW = re.compile(r"at row (\d+)$")
SEQUENCE = ENVELOPE.index("audit_sequence")

PRESENT = "SELECT audit_sequence{part} FROM {table} WHERE source_database = %s AND audit_sequence > %s"


def refused_events(
    connection: Connection, ledger: Ledger, encoded: list[EncodedEvent], *, thoroughly: bool = False
) -> list[int]:
    """The places of the events that have a row which MySQL does not take, in order.

    Every try is rolled back.

    :param connection: a session of the audit writer, without a transaction.
    :param ledger: theirs, with no append under way.
    :param encoded: the events.
    :param thoroughly: insert row by row where need be, which takes a millisecond for each bad one. Otherwise all are
        inserted at once, and MySQL's warnings tell which of them it left out or changed.
    """
    draft = ledger.advance(encoded, None, False)
    ledger.restore(draft)
    places: dict[str, list[int]] = defaultdict(list)
    for place, event in enumerate(encoded):
        places[EVENTS].append(place)
        for table in event.tables:
            places[table].append(place)
    found = set()
    for name, lines in draft.lines.items():
        table = chained_tables()[name]
        if thoroughly:
            bad = _refused_one_by_one(connection, table, lines, ledger.intake)
        else:
            bad = _refused_at_once(connection, ledger, table, lines)
        found |= {places[name][number] for number in bad}
    return sorted(found)


def _refused_at_once(connection: Connection, ledger: Ledger, table: ChainedTable, lines: list[bytes]) -> set[int]:
    """The numbers of the lines that MySQL leaves out or changes when it is told to ignore what is wrong."""
    changed, first = set(), 0
    try:
        with connection.cursor() as cursor:
            for statement, rows in inserts(table, lines, ledger.intake, "INSERT IGNORE", WARNED_ROWS):
                cursor.execute(statement)
                cursor.execute("SHOW WARNINGS")
                at = [AT_ROW.search(message) for _, _, message in cursor.fetchall()]
                changed |= {first + int(match[1]) - 1 for match in at if match}
                first += rows
            part = ", part" if table.many else ""
            cursor.execute(PRESENT.format(part=part, table=table.name), (ledger.source, ledger.last_sequence))
            present = set(cursor.fetchall())
    finally:
        connection.rollback()
    return changed | {number for number, line in enumerate(lines) if _key(line, table) not in present}


def _key(line: bytes, table: ChainedTable) -> tuple[int, ...]:
    return tuple(map(int, line.split(b"\t", len(ENVELOPE) + 1)[SEQUENCE : len(ENVELOPE) + table.many]))


def _refused_one_by_one(
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
        yield from _refused_one_by_one(connection, table, lines[start : start + step], intake, first + start)


def _are_taken(connection: Connection, table: ChainedTable, lines: list[bytes], intake: Intake) -> bool:
    try:
        insert_lines(connection, table, lines, intake)
    except LoadError:
        return False
    finally:
        connection.rollback()
    return True
