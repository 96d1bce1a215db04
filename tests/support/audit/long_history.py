"""Hundreds of days of blocks and anchors, altered at random by each role that can, while verification runs nightly.

An alteration is found if a verification that is due within the promised time does not call its day intact.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random

from MySQLdb import MySQLError
from MySQLdb.connections import Connection

from genims.audit.evidence import rules
from genims.audit.evidence.anchor_chain import AnchorChain
from genims.audit.evidence.anchor_store import AnchorStore
from genims.audit.evidence.anchorer import Anchorer, _states
from genims.audit.evidence.report import Outcome, Report
from genims.audit.evidence.schedule import COVERED_IN, due_days, last_verified
from genims.audit.evidence.stored_rows import fetch_blocks
from genims.audit.evidence.verification import Proof, verify_day, verify_newest
from genims.audit.format.chained_tables import chained_tables
from genims.audit.format.encoded_event import encode
from genims.audit.ledger.draft import Draft
from genims.audit.ledger.insert_lines import Intake, insert_lines
from genims.audit.ledger.ledger import ADD_BLOCK
from genims.audit.ledger.position import Position
from genims.audit.ledger.signing import signing_keys
from genims.audit.ledger.state import State
from genims.core import connections
from genims.core.paths import SCHEMA
from genims.core.settings import settings
from genims.operators.mysql_script import MySqlScriptOperator
from tests.support.audit.tampering import AT_THE_END, KINDS, Tamperer
from tests.support.audit.writing import Clock, event, opened
from tests.support.containers import azure_client, new_container
from tests.support.faults.faults import environment
from tests.support.servers import administrator

SOURCES = ("erp", "hr")
EVENTS = 3
FIRST_DAY = date(2025, 1, 1)


@contextmanager
def own_database() -> Iterator[str]:
    """An empty audit database and an empty container, inside those of the package."""
    name, container = f"genims_audit_{secrets.token_hex(4)}", new_container()
    with environment(MYSQL_AUDIT_DB=name, GENIMS_ANCHOR_CONTAINER=container):
        user = settings().mysql_audit_user
        with administrator("") as connection, connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {name} CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci")
        try:
            _create_tables(name, user)
            yield container
        finally:
            with administrator("") as connection, connection.cursor() as cursor:
                cursor.execute(f"DROP DATABASE {name}")
                cursor.execute(f"REVOKE IF EXISTS ALL ON {name}.* FROM %s", (user,))
                cursor.execute(f"REVOKE IF EXISTS ALL ON {name}.audit_sequence_manager FROM %s", (user,))


def _create_tables(name: str, user: str) -> None:
    schema = (SCHEMA / "mysql_audit_schema.sql").read_text()
    MySqlScriptOperator(task_id="tables", sql=schema, conn_id=connections.ADMIN, database="mysql_audit_db").execute({})
    with administrator("") as connection, connection.cursor() as cursor:
        cursor.execute(f"GRANT SELECT, INSERT ON {name}.* TO %s", (user,))
        cursor.execute(f"GRANT UPDATE ON {name}.audit_sequence_manager TO %s", (user,))


@dataclass
class Outcomes:
    """What became of the alterations, by role and kind."""

    found: Counter[str] = field(default_factory=Counter)
    missed: list[str] = field(default_factory=list)


class LongHistory:
    """Days of blocks, all verified as scheduled.

    :param container: that of the anchors.
    :param days: how many.
    """

    def __init__(self, container: str, days: int, random: Random):
        self.random = random
        self.days = [FIRST_DAY + timedelta(days=n) for n in range(days)]
        self.clock = Clock()
        self._client = azure_client(container)
        self._write()
        self.connection: Connection | None = None
        self.due = self._nights_until_due()

    def _write(self) -> None:
        anchorer = Anchorer(self.clock)
        with ExitStack() as stack:
            reading = stack.enter_context(administrator(settings().mysql_audit_db))
            books = [stack.enter_context(opened(source, clock=self.clock)) for source in SOURCES]
            for number, day in enumerate(self.days):
                self.clock.now = datetime(day.year, day.month, day.day, 12)
                first = 1 + EVENTS * number
                for book in books:
                    book.append([event(n, Random(n)) for n in range(first, first + EVENTS)], seal=True)
                anchorer.anchor(reading)
        self.clock.now += timedelta(hours=16, minutes=15)

    def _nights_until_due(self) -> dict[date, int]:
        """In how many nights each day is verified, by the schedule as it stands after all these days."""
        verified: dict[date, datetime] = {}
        for day in self.days[1:]:
            night = datetime(day.year, day.month, day.day, 4, 15)
            due = due_days(FIRST_DAY, verified, night)
            verified = last_verified([*verified.items(), *((each, night) for each in due)])
        nights: dict[date, int] = {}
        for number in range(1, COVERED_IN.days + 1):
            night = datetime.combine(self.days[-1] + timedelta(days=number), datetime.min.time()) + timedelta(hours=4)
            due = due_days(FIRST_DAY, verified, night)
            verified = last_verified([*verified.items(), *((each, night) for each in due)])
            for day in due:
                nights.setdefault(day, number)
        return nights

    def run(self, alterations: int) -> Outcomes:
        """Alter, verify, and put back."""
        outcomes = Outcomes()
        with administrator(settings().mysql_audit_db) as connection:
            connection.autocommit(False)
            self.connection = connection
            self.today = self.clock.now.date()
            self._proofs = {day: _proof(day, self.clock.now) for day in [*self.days, self.today]}
            self._newest = AnchorStore().newest_blocks()
            self._tamperers = {source: Tamperer(connection, source, self.random) for source in SOURCES}
            assert all(self.is_intact(day) for day in (self.days[0], self.days[-1], self.today))
            roles = list(ROLES)
            while outcomes.found.total() + len(outcomes.missed) < alterations:
                role = self.random.choice(roles)
                kind = self.random.choice(ROLES[role])
                number = self.random.randint(1, len(self.days))
                try:
                    is_found = getattr(self, f"_{role}")(kind, number)
                except MySQLError:
                    connection.rollback()
                    continue  # the database itself refuses it, or nothing was changed
                connection.rollback()
                name = f"{role}: {kind}"
                if is_found and self.due[self.days[number - 1]] <= COVERED_IN.days:
                    outcomes.found[name] += 1
                else:
                    outcomes.missed.append(f"{name} of day {number}")
            # All is put back, so each was found for itself.
            assert all(self._is_intact_anew(day) for day in [*self.random.sample(self.days, 5), self.today])
        return outcomes

    def is_intact(self, day: date) -> bool:
        """Whether the verification of a day, as it is in this session, calls it intact."""
        proof, lines = self._proofs[day]
        outcome = Outcome(findings=list(lines))
        verify_day(self.connection, day, proof, None, outcome, with_open=day == self.today)
        verify_newest(self.connection, self._newest, outcome)
        return Report(day, day, True, outcome, 0.0, True).intact

    # Roles --------------------------------------------------------------------------------------------------------

    def _administrator(self, kind: str, number: int) -> bool:
        """Whoever may change every row, and all hashes."""
        source = self.random.choice(SOURCES)
        tamperer = self._tamperers[source]
        if kind in AT_THE_END:
            number = len(self.days)
        if kind == "block_rewritten":
            number = self.random.randint(len(self.days) - 3, len(self.days))
        if kind == "signature_removed":
            self._execute(
                "UPDATE audit_trail_completeness SET signature = NULL WHERE source_database = %s AND block_number = %s",
                source,
                number,
            )
        elif tamperer.alter(kind, number) is None:
            raise MySQLError("refused")
        return not (self.is_intact(self.days[number - 1]) and self.is_intact(self.today))

    def _audit_writer(self, kind: str, number: int) -> bool:
        """Whoever has the password that may add rows, and change counters."""
        source = self.random.choice(SOURCES)
        if kind == "row_added":
            if self._tamperers[source].alter("row_inserted", number) is None:
                raise MySQLError("refused")
        elif kind == "counter_changed":
            column, change = self.random.choice(
                [("last_audit_sequence", "- 1"), ("last_audit_sequence", "+ 5"), ("last_block_number", "+ 1")]
            )
            self._execute(
                f"UPDATE audit_sequence_manager SET {column} = {column} {change} WHERE source_database = %s", source
            )
        elif kind == "anchor_forgotten":
            # Alone it changes no evidence: the lines still say what was anchored.
            self._execute("UPDATE audit_sequence_manager SET anchored_block = anchored_block + 7, anchor_line = 10 * 9")
            return self._is_found_by_anchorer()
        else:
            self._append_block(source)
        return not (self.is_intact(self.days[number - 1]) and self.is_intact(self.today))

    def _append_block(self, source: str) -> None:
        """A block under the next number, its hashes right, and without a signature."""
        with self.connection.cursor() as cursor:
            cursor.execute(
                "SELECT * FROM audit_trail_completeness WHERE source_database = %s ORDER BY block_number DESC LIMIT 1",
                (source,),
            )
            [last] = fetch_blocks(cursor)
            sequence, number = last.last_audit_sequence, last.block_number
            state = State(source, Position(), sequence, None, number, last.block_hash, last.audit_timestamp)
            draft = Draft(state, [encode(event(sequence + 1, self.random))], None, self.clock.now, seal=True)
            for table, lines in draft.lines.items():
                insert_lines(self.connection, chained_tables()[table], lines, Intake.of(self.connection))
            cursor.execute(ADD_BLOCK, (tuple(draft.blocks[0]),))
        self._execute(
            "UPDATE audit_sequence_manager SET last_audit_sequence = %s, last_block_number = %s "
            "WHERE source_database = %s",
            sequence + 1,
            number + 1,
            source,
        )

    def _storage_owner(self, kind: str, number: int) -> bool:
        """Whoever may change every blob."""
        day = self.days[number - 1]
        blob = self._client.get_blob_client(f"anchors/{day:%Y}/{day}.jsonl")
        whole = blob.download_blob().readall()
        try:
            blob.delete_blob()
            if kind != "deleted":
                self._upload(blob.blob_name, CHANGES[kind](whole.splitlines(keepends=True), self.random))
            near = {day, self.days[min(number, len(self.days) - 1)], self.today}
            if any(not self._is_intact_anew(each) for each in near):
                return True
            return number == len(self.days) and self._is_found_by_anchorer()
        finally:
            if blob.exists():
                blob.delete_blob()
            self._upload(blob.blob_name, whole)

    def _upload(self, name: str, data: bytes) -> None:
        self._client.upload_blob(name, data, blob_type="AppendBlob")

    def _is_intact_anew(self, day: date) -> bool:
        known = self._proofs[day]
        self._proofs[day] = _proof(day, self.clock.now)
        try:
            return self.is_intact(day)
        finally:
            self._proofs[day] = known

    def _is_found_by_anchorer(self) -> bool:
        """Whether an anchorer that begins now finds that lines and database disagree."""
        chain = AnchorChain(AnchorStore())
        with self.connection.cursor() as cursor:
            return any(
                chain.disagreement(each.source, each.anchored_block, each.anchor_line, each.anchor_hash)
                for each in _states(cursor)
            )

    def _execute(self, statement: str, *parameters) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute(statement, parameters)


def _proof(day: date, now: datetime) -> tuple[Proof, list]:
    store = AnchorStore()
    return Proof(now, store.of_day(day), signing_keys()), list(rules.check_lines(store.surrounding(day)))


def _line_less(lines: list[bytes], random: Random) -> bytes:
    del lines[random.randrange(len(lines))]
    return b"".join(lines)


def _cut(lines: list[bytes], random: Random) -> bytes:
    return b"".join(lines[: random.randrange(len(lines))])


def _altered(lines: list[bytes], random: Random) -> bytes:
    place = random.randrange(len(lines))
    text = bytearray(lines[place])
    text[random.randrange(len(text) - 1)] ^= 1 << random.randrange(7)
    lines[place] = bytes(text)
    return b"".join(lines)


def _swapped(lines: list[bytes], random: Random) -> bytes:
    one, other = random.sample(range(len(lines)), 2)
    lines[one], lines[other] = lines[other], lines[one]
    return b"".join(lines)


CHANGES: dict[str, Callable[[list[bytes], Random], bytes]] = {
    "line_less": _line_less,
    "cut": _cut,
    "altered": _altered,
    "swapped": _swapped,
}
ROLES = {
    "administrator": [*KINDS, "signature_removed"],
    "audit_writer": ["row_added", "block_added", "counter_changed", "anchor_forgotten"],
    "storage_owner": ["deleted", *CHANGES],
}
"""What each role does. What the owner of a source can do is tried in ``test_present_rows``."""
