"""Compares what was captured with what PostgreSQL itself has counted, so that a change past the triggers is found.

A session reports what it has changed when it is idle: late, never early. So whatever is counted has been captured
before, and a table of which more is counted than captured has been changed some other way: the apply worker of a
logical replication, for example, fires no statement triggers, and events may be deleted before they are read.

Three things are counted without an event, and taken into account:
- What is rolled back is not in PostgreSQL's count of committed changes, which however begins anew at every ANALYZE,
  reset of the statistics and crash: then less is found missing, never more.
- A row that moves to another partition, and one whose insertion is given up for ON CONFLICT, is one inserted and one
  deleted: as many as may be such pairs are not called missing.
- What was captured before the comparison began may be counted after: it begins when everybody must have reported.

So a few changes of a table may go unnoticed while others are made all the time, or right before an ANALYZE; what is
found was not captured.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import psycopg

from genims.audit.stream.outbox import SourceEvent
from genims.core.paths import SQL

COUNTED = (SQL / "audit" / "stream" / "counted_changes.sql").read_text()
IN_TRANSACTION = (SQL / "audit" / "stream" / "sessions_in_transaction.sql").read_text()

LOOK_SECONDS = 5
# A session that is idle reports within 10 s, and within 60 s whatever the server does. Whoever has not after a minute
# has been in transactions all the time.
IDLE_SECONDS = 15
ROUND_SECONDS = 60


@dataclass
class Balance:
    """What is counted of a table, less what is captured.

    :param captured_at: when its last event was.
    :param committed: changes.
    :param inserted: rows, also those whose insertion was rolled back.
    :param deleted: the same of rows deleted.
    """

    captured_at: float = float("-inf")
    committed: int = 0
    inserted: int = 0
    deleted: int = 0

    @property
    def missing(self) -> int:
        """How many changes, at least, are counted and not captured."""
        return self.committed - 2 * max(min(self.inserted, self.deleted), 0)

    def count(self, before: list[int], now: list[int]) -> None:
        """Add what the counters have risen by. Those that are smaller than before began anew in between."""
        committed, inserted, deleted = (n - b if n >= b else n for b, n in zip(before, now, strict=True))
        self.committed += committed
        self.inserted += inserted
        self.deleted += deleted

    def settle(self) -> None:
        """Begin anew."""
        self.committed = self.inserted = self.deleted = 0

    def capture(self, operation: str, number: int, at: float) -> None:
        """Take away what was captured."""
        self.captured_at = at
        self.committed -= number
        self.inserted -= number * (operation == "I")
        self.deleted -= number * (operation == "D")


class CrossCheck:
    """The comparison for one source database, for as long as one session reads it.

    :param session: in that database, committing by itself.
    :param clock: seconds that only grow.
    :ivar problems: a sentence for each table with changes that were not captured.
    """

    def __init__(self, session: psycopg.Connection, clock: Callable[[], float] = time.monotonic):
        self.problems: dict[str, str] = {}
        self._session = session
        self._clock = clock
        self._looked_at = float("-inf")
        self._has_looked = False
        self._counters: dict[tuple[str, int], list[int]] = {}
        self._begin()

    def look(self) -> None:
        """See what is counted, if that is due: what is committed by now, the next reading of the outbox has in it."""
        now = self._clock()
        if now < self._looked_at + LOOK_SECONDS:
            return
        counters = {(table, relation): counts for table, relation, *counts in self._session.execute(COUNTED)}
        if counters.keys() != self._counters.keys():
            self._begin()
        elif self._is_comparing:
            for key, counts in counters.items():
                self._balances[key[0]].count(self._counters[key], counts)
        self._counters = counters
        self._looked_at, self._has_looked = now, True
        if now >= self._round_began + IDLE_SECONDS:
            busy = {pid for (pid,) in self._session.execute(IN_TRANSACTION)}
            self._always_busy = busy if self._always_busy is None else self._always_busy & busy

    def captured(self, events: Iterable[SourceEvent]) -> None:
        """Take account of events that were read."""
        for (table, operation), number in Counter((event.table_name, event.op) for event in events).items():
            if operation in "IUD":
                self._balances[table].capture(operation, number, self._clock())

    def compare(self) -> None:
        """Find what is missing. Everything that was committed at the last look has been taken account of by now."""
        if not self._has_looked:
            return
        self._has_looked = False
        missing = {table: balance.missing for table, balance in self._balances.items() if balance.missing > 0}
        if self._missing is None:
            self._missing = missing
        self._missing = {
            table: min(number, missing[table]) for table, number in self._missing.items() if table in missing
        }
        for balance in self._balances.values():
            if balance.committed == 0:
                balance.settle()
        if self._looked_at >= self._round_began + ROUND_SECONDS:
            self._end_round()

    def _begin(self) -> None:
        """Compare nothing until whatever was captured before is counted."""
        self._is_comparing = False
        self._balances: defaultdict[str, Balance] = defaultdict(Balance)
        self._begin_round()

    def _begin_round(self) -> None:
        self._round_began = self._clock()
        self._always_busy: set[int] | None = None
        self._missing: dict[str, int] | None = None

    def _end_round(self) -> None:
        """Report what was missing all the time, and settle what is counted by now: what was captured before the round,
        if everybody has had time to report."""
        for table, number in self._missing.items():
            self.problems.setdefault(table, f"table {table}: {number} changes or more were made and not captured")
            self._balances[table].settle()
        if self._always_busy == set():
            for balance in self._balances.values():
                if balance.captured_at < self._round_began and balance.missing <= 0:
                    balance.settle()
            self._is_comparing = True
        self._begin_round()
