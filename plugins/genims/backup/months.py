"""Closed months of audit rows, which are dumped once and referred to by every later night.

Audit rows are only ever added, and each carries the number of its event. So the rows of a month up to the numbers that
the night's dump holds are the same whenever they are read: a month dumped after the night fits to the night's moment.
A source may still deliver an event of a past month, after an outage or from a log of its own. Then that month is
dumped once more, under another name; older nights keep the one that they refer to.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import NamedTuple

from MySQLdb.cursors import Cursor

from genims.audit.format.chained_tables import EVENTS, chained_tables
from genims.backup.manifest import Part
from genims.core.sql_text import literal

# A month is closed once it has been over for this long: what comes later is rare.
SETTLED = timedelta(days=2)
# The one table with rows that change; they belong to no month.
COUNTERS = "audit_sequence_manager"
COUNTER = re.compile(rb"\('([^']*)',(\d+),")

BOUNDS = """
SELECT partition_description
FROM information_schema.partitions
WHERE table_schema = DATABASE() AND table_name = %s AND partition_name IS NOT NULL
ORDER BY partition_ordinal_position
"""
LATE = f"SELECT 1 FROM {EVENTS} WHERE {{months}} AND source_database = %s AND audit_sequence > %s LIMIT 1"
SOURCES_OF_MONTHS = f"SELECT DISTINCT source_database FROM {EVENTS} WHERE {{months}}"


class Months(NamedTuple):
    """Neighbouring months that have one partition.

    :param first: their first moment, UTC, as ISO text; None from the beginning.
    :param end: the moment before which they end.
    """

    first: str | None
    end: str

    @property
    def condition(self) -> str:
        """Which rows are theirs."""
        since = f"audit_timestamp >= '{self.first}' AND " if self.first else ""
        return f"{since}audit_timestamp < '{self.end}'"


def closed_months(cursor: Cursor, now: datetime) -> list[Months]:
    """The closed months, as the partitions of the events divide them, in order.

    :param cursor: in the audit database.
    :param now: UTC.
    """
    cursor.execute(BOUNDS, (EVENTS,))
    ends = [text.strip("'")[:10] for (text,) in cursor.fetchall() if text != "MAXVALUE"]
    closed = [end for end in ends if datetime.fromisoformat(end) <= now - SETTLED]
    return [Months(first, end) for first, end in zip([None, *closed], closed, strict=False)]


def open_rows(months: list[Months]) -> str:
    """The condition of the rows that belong to none of these months, in every table of the database."""
    # Of NOT NULL columns MySQL drops the second half, and reads the open partitions alone.
    return f"audit_timestamp >= '{months[-1].end}' OR audit_timestamp IS NULL" if months else "1"


def month_runs(months: Months, numbers: dict[str, int], database: str) -> list[list[str]]:
    """The arguments of the two mysqldumps that dump closed months: numbered rows, and those of the other tables.

    :param months: the closed months.
    :param numbers: the last number of every source database that is to be in it.
    :param database: their database's name.
    """
    up_to = [
        f"(source_database = {literal(source)} AND audit_sequence <= {number})" for source, number in numbers.items()
    ]
    # A source without a counter is an accident; its rows are kept all the same.
    known = ", ".join(map(literal, numbers))
    up_to.append(f"source_database NOT IN ({known})" if known else "1")
    rows_alone = ["--no-create-info", "--skip-triggers", "--skip-routines", "--skip-events"]
    numbered = sorted(chained_tables())
    ignored = [f"--ignore-table={database}.{table}" for table in (COUNTERS, *numbered)]
    return [
        [*rows_alone, f"--where={months.condition} AND ({' OR '.join(up_to)})", database, *numbered],
        [*rows_alone, f"--where={months.condition}", *ignored, database],
    ]


def has_late_rows(cursor: Cursor, months: Months, part: Part) -> bool:
    """Whether events of closed months have come since they were dumped.

    :param cursor: of a session in the audit database, outside of an older snapshot.
    :param months: the closed months.
    :param part: the dump.
    """
    cursor.execute(SOURCES_OF_MONTHS.format(months=months.condition))
    sources = {source for (source,) in cursor.fetchall()} | part.numbers.keys()
    late = LATE.format(months=months.condition)
    return any(cursor.execute(late, (source, part.numbers.get(source, 0))) for source in sources)


class Counters:
    """Reads from a dump as it passes which number every source database has reached in it."""

    def __init__(self):
        self._text = b""

    def on_rows(self, table: str, piece: bytes) -> None:
        """Take a piece of rows, as SqlStream hands it out.

        :param table: whose rows they are.
        :param piece: text of INSERT statements, cut anywhere.
        """
        if table == COUNTERS:
            self._text += piece

    @property
    def numbers(self) -> dict[str, int]:
        """The last ``audit_sequence`` by source database."""
        return {source.decode(): int(number) for source, number in COUNTER.findall(self._text)}
