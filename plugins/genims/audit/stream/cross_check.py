"""Compares what was captured with what PostgreSQL itself has counted, to find changes that went past the triggers.

A session reports its changes when it is idle: late, never early. So every counted change was captured before it was
counted. A table with more counted than captured changes was changed past the triggers: the apply worker of a logical
replication, for example, fires no statement triggers, and somebody may delete events before they are read.

Three kinds of difference are no missing events:
- The count of committed changes leaves out what was rolled back, but it begins anew at every ANALYZE, reset of the
  statistics and crash: then fewer changes are found missing, never more.
- A row that moves to another partition counts as one inserted and one deleted, and so does an insertion given up for
  ON CONFLICT: possible pairs are not called missing.
- What was captured before the comparison began may be counted later: it begins once every session must have reported.

So a few changes may go unnoticed among others that never stop, or right before an ANALYZE. Every change that is found
was not captured.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import psycopg

from genims.audit.stream.outbox import SourceEvent
from genims.core.paths import sql

COUNTED = sql("audit/stream/counted_changes")
IN_TRANSACTION = sql("audit/stream/sessions_in_transaction")

LOOK_SECONDS = 5
# An idle session reports within 10 s, and under any load within 60 s. A session that has not reported within a minute
# was in transactions throughout.
IDLE_SECONDS = 15
ROUND_SECONDS = 60


@dataclass
class Balance:
    """What is counted for a table, minus what is captured.

    :param captured_at: when its last event was read, in seconds of the comparison's clock.
    :param committed: changes of committed transactions.
    :param inserted: inserted rows, rolled-back ones included.
    :param deleted: deleted rows, rolled-back ones included.
    """

    captured_at: float = float("-inf")
    committed: int = 0
    inserted: int = 0
    deleted: int = 0

    @property
    def missing(self) -> int:
        """The least number of changes that are counted and not captured; not above 0 if there are none."""
        return self.committed - 2 * max(min(self.inserted, self.deleted), 0)

    def count(self, before: list[int], now: list[int]) -> None:
        """Add what the counters have risen by. A counter that is smaller than before began anew in between.

        :param before: committed, inserted and deleted at the last look.
        :param now: the same at this look.
        """
        committed, inserted, deleted = (n - b if n >= b else n for b, n in zip(before, now, strict=True))
        self.committed += committed
        self.inserted += inserted
        self.deleted += deleted

    def settle(self) -> None:
        """Begin anew: all counted changes are accounted for."""
        self.committed = self.inserted = self.deleted = 0

    def capture(self, operation: str, number: int, at: float) -> None:
        """Take captured changes off the balance.

        :param operation: I, U or D.
        :param number: how many rows.
        :param at: when they were read, in seconds of the comparison's clock.
        """
        self.captured_at = at
        self.committed -= number
        self.inserted -= number * (operation == "I")
        self.deleted -= number * (operation == "D")


class CrossCheck:
    """The comparison for one source database, for as long as one session reads it.

    Each round of reading is ``look``, the reading of the outbox, ``captured`` and ``compare``.

    :param session: in that database, committing by itself.
    :param clock: tells the time in seconds that never go back.
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
        """Read the counters, if that is due. The next reading of the outbox has all that they count."""
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
        """Take account of events.

        :param events: those just read from the outbox.
        """
        for (table, operation), number in Counter((event.table_name, event.op) for event in events).items():
            if operation in "IUD":
                self._balances[table].capture(operation, number, self._clock())

    def compare(self) -> None:
        """Find what is missing, once the outbox is read up to the last look."""
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
        """Compare nothing until all earlier captured changes are counted."""
        self._is_comparing = False
        self._balances: defaultdict[str, Balance] = defaultdict(Balance)
        self._begin_round()

    def _begin_round(self) -> None:
        self._round_began = self._clock()
        self._always_busy: set[int] | None = None
        self._missing: dict[str, int] | None = None

    def _end_round(self) -> None:
        """Report what was missing throughout the round, and settle the tables whose changes must all be counted: those
        last captured before the round, if no session was in transactions throughout."""
        for table, number in self._missing.items():
            self.problems.setdefault(table, f"table {table}: {number} changes or more were made and not captured")
            self._balances[table].settle()
        if self._always_busy == set():
            for balance in self._balances.values():
                if balance.captured_at < self._round_began and balance.missing <= 0:
                    balance.settle()
            self._is_comparing = True
        self._begin_round()
