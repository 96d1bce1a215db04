"""Alters audit rows as an administrator of the database could, and says what a verification must name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from MySQLdb import MySQLError
from MySQLdb.connections import Connection

from genims.audit.evidence.anchor_lines import Anchors, DayAnchors
from genims.audit.evidence.findings import Finding, merged
from genims.audit.evidence.report import Outcome
from genims.audit.evidence.stored_rows import Range, StoredRow, fetch_blocks, fetch_counters, read_rows
from genims.audit.evidence.verification import Proof, Stretch, verify_stretches
from genims.audit.format import block as blocks
from genims.audit.format import merkle
from genims.audit.format.block import Block
from genims.audit.format.chained_tables import EVENTS, chained_tables
from genims.audit.format.versions import sealed, written_form
from genims.core.clock import utc_now
from genims.core.settings import settings
from tests.support.servers import administrator

MANAGER = "audit_sequence_manager"


def findings(source: str) -> list[Finding]:
    """What a verification of a whole source database finds."""
    with administrator(settings().mysql_audit_db) as connection:
        return found_in(connection, source)


def found_in(
    connection: Connection, source: str, first: int = 1, last: int | None = None, anchors: Anchors | None = None
) -> list[Finding]:
    """What a verification of some blocks finds; of what follows them too, if there is no block after them.

    :param first: number of the first block.
    :param last: number of the last one; None for the newest.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {MANAGER} WHERE source_database = %s", (source,))
        counter = fetch_counters(cursor).get(source)
        cursor.execute(
            f"SELECT {blocks.COLUMNS} FROM {blocks.TABLE} "
            "WHERE source_database = %s AND block_number BETWEEN %s AND %s ORDER BY block_number",
            (source, first - 1, last + 1 if last else 2**63),
        )
        found = fetch_blocks(cursor)
    before = found.pop(0) if found and found[0].block_number < first else None
    after = found.pop() if found and last and found[-1].block_number > last else None
    outcome = Outcome()
    proof = Proof(utc_now(), DayAnchors(anchors or {}))
    verify_stretches(connection, [Stretch(source, counter, before, found, after, not after)], proof, outcome)
    return merged(outcome.findings)


@dataclass
class Alteration:
    """One alteration, not committed.

    :param finding: the kind of the finding that must name it.
    :param table: the table that it must name.
    :param numbers: each ``audit_sequence`` (or block number) that must be named.
    """

    kind: str
    finding: str
    table: str
    numbers: Sequence[int]

    def is_named_by(self, found: list[Finding]) -> bool:
        named = [each for each in found if each.kind == self.finding and self.table in each.table.split(",")]
        return all(any(each.first <= number <= each.last for each in named) for number in self.numbers)


class Tamperer:
    """Alters one source database.

    :param connection: a session of the administrator that does not commit by itself; the caller rolls back.
    :param source: a source database all of whose events are in blocks, whose numbers are 1 to ``last_block``.
    :param random: chooses what is altered, and how.
    """

    def __init__(self, connection: Connection, source: str, random: Random):
        self.connection = connection
        self.source = source
        self.random = random
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT block_number, first_audit_sequence, last_audit_sequence FROM {blocks.TABLE} "
                "WHERE source_database = %s ORDER BY block_number",
                (source,),
            )
            self.blocks = {number: (first, last) for number, first, last in cursor.fetchall()}
        self._rows_of_blocks: dict[int, list[StoredRow]] = {}
        self.last_block = max(self.blocks)
        self.last_event = self.blocks[self.last_block][1]

    @property
    def anchors(self) -> set[tuple[int, bytes]]:
        """The present blocks, for later comparison."""
        return {(number, self._block(number).block_hash) for number in self.blocks}

    def alter(self, kind: str, number: int) -> Alteration | None:
        """Alter something in a block; None where the database itself refuses it.

        :param kind: one of KINDS.
        :param number: the block.
        """
        try:
            table, numbers = getattr(self, kind)(number)
        except MySQLError:
            return None
        return Alteration(kind, KINDS[kind], table, [numbers] if isinstance(numbers, int) else numbers)

    def _run(self, sql: str, *parameters) -> int:
        with self.connection.cursor() as cursor:
            return cursor.execute(sql, parameters)

    def _rows(self, number: int) -> list[StoredRow]:
        """The rows of a block before anything is altered; they are read once."""
        if number not in self._rows_of_blocks:
            rows = read_rows(self.connection, [Range(self.source, *self.blocks[number])], written_form())
            self._rows_of_blocks[number] = [row for event in rows.values() for row in event]
        return self._rows_of_blocks[number]

    def _block(self, number: int) -> Block:
        with self.connection.cursor() as cursor:
            cursor.execute(
                f"SELECT {blocks.COLUMNS} FROM {blocks.TABLE} WHERE source_database = %s AND block_number = %s",
                (self.source, number),
            )
            return fetch_blocks(cursor)[0]

    def _where(self, row: StoredRow) -> str:
        part = f" AND part = {row.part}" if chained_tables()[row.table].many else ""
        return f"source_database = '{self.source}' AND audit_sequence = {row.sequence}{part}"

    # Values ---------------------------------------------------------------------------------------------------------

    def value(self, number: int) -> tuple[str, int]:
        row = self._other_value(number)
        return row.table, row.sequence

    def value_with_row_hash(self, number: int) -> tuple[str, int]:
        row = self._other_value(number)
        self._rehash_row(row)
        return row.table, row.sequence

    def value_with_event_hashes(self, number: int) -> tuple[str, int]:
        row = self._other_value(number)
        self._rehash_row(row)
        self._rehash_event(row.sequence)
        return row.table, row.sequence

    def value_with_leaves(self, number: int) -> tuple[str, int]:
        """All hashes of the event and its leaf in the block: only the root still speaks."""
        row = self._other_value(number)
        self._rehash_row(row)
        self._store_leaf(number, row.sequence, self._rehash_event(row.sequence))
        return blocks.TABLE, number

    def row_hash(self, number: int) -> tuple[str, int]:
        row = self.random.choice(self._rows(number))
        self._run(f"UPDATE {row.table} SET row_hash = %s WHERE {self._where(row)}", self.random.randbytes(32))
        return row.table, row.sequence

    def leaf_hash(self, number: int) -> tuple[str, int]:
        sequence = self._any_event(number)
        self._run(
            f"UPDATE {EVENTS} SET leaf_hash = %s WHERE source_database = %s AND audit_sequence = %s",
            self.random.randbytes(32),
            self.source,
            sequence,
        )
        return EVENTS, sequence

    def _any_event(self, number: int) -> int:
        return self.random.randint(*self.blocks[number])

    def _other_value(self, number: int) -> StoredRow:
        """Change one value of one row of a block to another that the column can hold."""
        row = self.random.choice(self._rows(number))
        table = chained_tables()[row.table]
        column = self.random.choice(
            [name for name in table.columns if name not in ("source_database", "audit_sequence", "part")]
        )
        old = row.fields[table.columns.index(column)]
        if column == "audit_timestamp" or column == "recorded_at":
            change = f"{column} + INTERVAL {self.random.choice([-1, 1])} MICROSECOND"
        elif old == b"\\N":
            change = self.random.choice(["'1'", "''"])
        elif old.isdigit():
            change = f"{column} + 1"
        else:
            change = self.random.choice(
                [f"CONCAT({column}, ' ')", f"REVERSE({column})", f"UPPER({column})", "NULL", "'7'"]
            )
        self._run(f"UPDATE {row.table} SET {column} = {change} WHERE {self._where(row)}")
        if self._reread(row).digest == row.digest:
            raise MySQLError("this value is the same as before")
        return row

    def _reread(self, row: StoredRow) -> StoredRow:
        rows = read_rows(self.connection, [Range(self.source, row.sequence, row.sequence)], written_form())
        return next(
            each for each in rows[self.source, row.sequence] if (each.table, each.part) == (row.table, row.part)
        )

    def _rehash_row(self, row: StoredRow) -> None:
        digest = self._reread(row).digest
        self._run(f"UPDATE {row.table} SET row_hash = %s WHERE {self._where(row)}", digest)

    def _rehash_event(self, sequence: int) -> bytes:
        events = [Range(self.source, sequence, sequence)]
        rows = read_rows(self.connection, events, written_form())[self.source, sequence]
        ordered = sorted(rows, key=lambda row: (row.table != EVENTS, row.table, row.part))
        leaf = merkle.leaf_hash(b"".join(row.digest for row in ordered))
        self._run(
            f"UPDATE {EVENTS} SET leaf_hash = %s WHERE source_database = %s AND audit_sequence = %s",
            leaf,
            self.source,
            sequence,
        )
        return leaf

    def _store_leaf(self, number: int, sequence: int, leaf: bytes) -> None:
        position = 32 * (sequence - self.blocks[number][0])
        self._run(
            f"UPDATE {blocks.TABLE} SET leaves = INSERT(leaves, %s, 32, %s) "
            "WHERE source_database = %s AND block_number = %s",
            position + 1,
            leaf,
            self.source,
            number,
        )

    # Rows -----------------------------------------------------------------------------------------------------------

    def row_deleted(self, number: int) -> tuple[str, int]:
        row = self.random.choice(self._rows(number))
        self._run(f"DELETE FROM {row.table} WHERE {self._where(row)}")
        return row.table, row.sequence

    def event_deleted(self, number: int) -> tuple[str, int]:
        sequence = self._any_event(number)
        self._delete_events(sequence, sequence)
        return EVENTS, sequence

    def _delete_events(self, first: int, last: int) -> None:
        for table in chained_tables():
            self._run(
                f"DELETE FROM {table} WHERE source_database = %s AND audit_sequence BETWEEN %s AND %s",
                self.source,
                first,
                last,
            )

    def rows_swapped(self, number: int) -> tuple[str, list[int]]:
        """Two rows of a table change places, hashes and all."""
        one = self.random.choice(self._rows(number))
        others = [row for row in self._rows(number) if row.table == one.table and row.digest != one.digest]
        if not others:
            raise MySQLError("no other row of this table in the block")
        other = self.random.choice(others)
        there = {"audit_sequence": other.sequence} | ({"part": other.part} if chained_tables()[one.table].many else {})
        here = {"audit_sequence": one.sequence} | ({"part": one.part} if chained_tables()[one.table].many else {})
        self._move(one.table, self._where(one), {"audit_sequence": 10**9})
        self._move(one.table, self._where(other), here)
        self._move(one.table, f"source_database = '{self.source}' AND audit_sequence = {10**9}", there)
        return one.table, [one.sequence, other.sequence]

    def events_swapped(self, number: int) -> tuple[str, list[int]]:
        """Two events change places, with all their rows."""
        first, last = self.blocks[number]
        one, other = self.random.sample(range(first, last + 1), 2)
        for table in chained_tables():
            for old, new in ((one, 10**9), (other, one), (10**9, other)):
                self._move(
                    table, f"source_database = '{self.source}' AND audit_sequence = {old}", {"audit_sequence": new}
                )
        return EVENTS, [one, other]

    def _move(self, table: str, where: str, key: dict[str, int]) -> None:
        changes = ", ".join(f"{name} = {value}" for name, value in key.items())
        self._run(f"UPDATE {table} SET {changes} WHERE {where}")

    def row_inserted(self, number: int) -> tuple[str, int]:
        """A copy of a row under a key that is still free, its hash right."""
        row = self.random.choice(self._rows(number))
        table = chained_tables()[row.table]
        later = row.fields[0][:-6] + b"%06d" % ((int(row.fields[0][-6:]) + 1) % 10**6)
        sequence, moment, part = row.sequence, later, row.part
        way = self.random.choice(["time", "part", "beyond"])
        if way == "part" and table.many:
            moment, part = row.fields[0], 60_000
        elif way == "beyond":
            sequence = self.last_event + self.random.randint(1, 1000)
        envelope = [moment, row.fields[1], b"%d" % sequence, *([b"%d" % part] if table.many else [])]
        line = b"\t".join([*envelope, *row.fields[len(envelope) :]])
        own = ", ".join([*table.columns[len(envelope) :], *table.hashes[1:]])
        keys = ", ".join(table.columns[: len(envelope)])
        self._run(
            f"INSERT INTO {row.table} ({keys}, {own}, row_hash) SELECT {', '.join(['%s'] * len(envelope))}, {own}, %s "
            f"FROM {row.table} WHERE {self._where(row)}",
            *envelope,
            written_form().row_hash(row.table, line),
        )
        return row.table, sequence

    def tail_cut(self, number: int) -> tuple[str, range]:
        """The last events go, and the counter goes back."""
        first = self._any_event(self.last_block)
        self._delete_events(first, self.last_event)
        self._run(f"UPDATE {MANAGER} SET last_audit_sequence = %s WHERE source_database = %s", first - 1, self.source)
        return EVENTS, range(first, self.last_event + 1)

    # Blocks ---------------------------------------------------------------------------------------------------------

    def block_value(self, number: int) -> tuple[str, int]:
        column, change = self.random.choice(
            [
                ("audit_timestamp", "audit_timestamp + INTERVAL 1 MICROSECOND"),
                ("opened_at", "opened_at - INTERVAL 1 MICROSECOND"),
                ("table_rows", "CONCAT(table_rows, '0')"),
                ("merkle_root", "REVERSE(merkle_root)"),
                ("previous_block_hash", "REVERSE(block_hash)"),
                ("block_hash", "REVERSE(block_hash)"),
                ("leaves", "REVERSE(leaves)"),
                ("format_version", "format_version + 1"),
            ]
        )
        self._run(
            f"UPDATE {blocks.TABLE} SET {column} = {change} WHERE source_database = %s AND block_number = %s",
            self.source,
            number,
        )
        return blocks.TABLE, number

    def block_deleted(self, number: int) -> tuple[str, int]:
        """A block in the middle, or the newest one, which the counter still counts."""
        self._delete_block(number)
        return blocks.TABLE, number

    def _delete_block(self, number: int) -> None:
        self._run(f"DELETE FROM {blocks.TABLE} WHERE source_database = %s AND block_number = %s", self.source, number)

    def block_rewritten(self, number: int) -> tuple[str, int]:
        """A value, and then every hash up to the newest block: consistent, and only the anchors know better."""
        row = self._other_value(number)
        self._rehash_row(row)
        self._store_leaf(number, row.sequence, self._rehash_event(row.sequence))
        previous = None
        for each in range(number, self.last_block + 1):
            block = self._block(each)
            block = sealed(
                block._replace(
                    merkle_root=merkle.root(block.leaf_hashes),
                    previous_block_hash=previous or block.previous_block_hash,
                )
            )
            self._run(
                f"UPDATE {blocks.TABLE} SET merkle_root = %s, previous_block_hash = %s, block_hash = %s "
                "WHERE source_database = %s AND block_number = %s",
                block.merkle_root,
                block.previous_block_hash,
                block.block_hash,
                self.source,
                each,
            )
            previous = block.block_hash
        return blocks.TABLE, number

    def newest_block_removed(self, number: int) -> tuple[str, int]:
        """The newest block goes with all its events, and the counter forgets it."""
        first, last = self.blocks[self.last_block]
        self._delete_events(first, last)
        self._delete_block(self.last_block)
        self._run(
            f"UPDATE {MANAGER} SET last_audit_sequence = %s, last_block_number = %s WHERE source_database = %s",
            first - 1,
            self.last_block - 1,
            self.source,
        )
        return blocks.TABLE, self.last_block


KINDS = {
    "value": "altered",
    "value_with_row_hash": "altered",
    "value_with_event_hashes": "altered",
    "value_with_leaves": "altered",
    "row_hash": "altered",
    "leaf_hash": "altered",
    "row_deleted": "missing",
    "event_deleted": "missing",
    "rows_swapped": "reordered",
    "events_swapped": "reordered",
    "row_inserted": "added",
    "tail_cut": "missing",
    "block_value": "altered",
    "block_deleted": "missing",
    "block_rewritten": "altered",
    "newest_block_removed": "missing",
}
"""What ``Tamperer`` can do, and the kind of the finding that must name it."""
AT_THE_END = {"tail_cut", "newest_block_removed"}
"""Kinds that always alter the newest block."""
