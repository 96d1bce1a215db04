"""Reads audit rows and blocks back, exactly as MySQL has them, and hashes the rows again."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from genims.audit.format import canonical, versions
from genims.audit.format.block import Block
from genims.audit.format.chained_tables import EVENTS, ChainedTable, chained_tables
from genims.audit.format.versions import Form

if TYPE_CHECKING:
    from MySQLdb.connections import Connection
    from MySQLdb.cursors import Cursor

NULL = canonical.NULL.encode()
LAST_SEQUENCE = 2**64 - 1
# Few rows hold anything to escape.
ESCAPED = re.compile(rb"[\\\t\n\0]")


class Range(NamedTuple):
    """Events of one source database, both ends included."""

    source: str
    first: int
    last: int


class StoredRow(NamedTuple):
    """One row.

    :param sequence: its ``audit_sequence``.
    :param part: its ``part``; 1 in a table without.
    :param fields: its canonical fields but for the hashes.
    :param digest: the hash of these fields.
    :param stored: the ``row_hash`` that it carries.
    :param leaf: the ``leaf_hash`` that it carries, in system_audit_log.
    """

    table: str
    source: str
    sequence: int
    part: int
    fields: list[bytes]
    digest: bytes
    stored: bytes
    leaf: bytes | None

    @property
    def routed_to(self) -> str:
        """Where the further rows of the event are, in system_audit_log."""
        return self.fields[chained_tables()[EVENTS].columns.index("routed_to")].decode()


@contextmanager
def raw_values(connection: Connection) -> Iterator[Cursor]:
    """A cursor whose values are the bytes that MySQL sent."""
    converter, connection.converter = connection.converter, {}
    try:
        with connection.cursor() as cursor:
            yield cursor
    finally:
        connection.converter = converter


def fetch_blocks(cursor: Cursor) -> list[Block]:
    """The blocks that a query has found, in its order; its columns may come in any order.

    A database from before versions were kept, such as an old backup, has blocks of version 1.
    """
    names = [name for name, *_ in cursor.description]
    return [Block(**{"format_version": 1} | dict(zip(names, row, strict=True))) for row in cursor.fetchall()]


def read_rows(connection: Connection, ranges: list[Range], form: Form) -> dict[tuple[str, int], list[StoredRow]]:
    """All rows of some events, by source database and ``audit_sequence``.

    :param connection: in a transaction that sees one moment of the database.
    :param ranges: which events.
    :param form: how they were hashed.
    """
    found = defaultdict(list)
    ranges = _joined(ranges)
    where = " OR ".join(["(source_database = %s AND audit_sequence BETWEEN %s AND %s)"] * len(ranges))
    for row in _select(connection, where, [value for each in ranges for value in each], form):
        found[row.source, row.sequence].append(row)
    return found


def _joined(ranges: list[Range]) -> list[Range]:
    """The ranges with neighbours merged: given thousands of them, MySQL reads the whole table instead."""
    joined: list[Range] = []
    for each in ranges:
        if joined and joined[-1].source == each.source and joined[-1].last + 1 == each.first:
            joined[-1] = joined[-1]._replace(last=each.last)
        else:
            joined.append(each)
    return joined


def fetch_counters(cursor: Cursor) -> dict[str, dict]:
    """The rows of ``audit_sequence_manager`` that a query has found, by source database.

    An old backup may lack columns: its open events are of version 1 and not signed.
    """
    names = [name for name, *_ in cursor.description]
    rows = [
        {"open_format": 1, "open_signature": None} | dict(zip(names, row, strict=True)) for row in cursor.fetchall()
    ]
    return {row["source_database"]: row for row in rows}


def read_rows_of_others(connection: Connection, sources: list[str]) -> list[StoredRow]:
    """All rows of source databases other than ``sources``."""
    where = f"source_database NOT IN ({', '.join(['%s'] * len(sources))})"
    return list(_select(connection, where, sources, versions.written_form()))


def _select(connection: Connection, where: str, parameters: list, form: Form) -> Iterator[StoredRow]:
    with raw_values(connection) as cursor:
        for table in chained_tables().values():
            columns = ", ".join([*table.columns, *table.hashes])
            cursor.execute(f"SELECT {columns} FROM {table.name} WHERE {where}", parameters)
            for values in cursor.fetchall():
                yield _row(table, values, form)


def _row(table: ChainedTable, values: tuple[bytes | None, ...], form: Form) -> StoredRow:
    width = len(table.columns)
    own = values[:width]
    escaped = canonical.escaped if ESCAPED.search(b"".join(filter(None, own))) else bytes
    fields = [NULL if value is None else escaped(value) for value in own]
    return StoredRow(
        table=table.name,
        source=fields[1].decode(),
        sequence=int(fields[2]),
        part=int(fields[3]) if table.many else 1,
        fields=fields,
        digest=form.row_hash(table.name, b"\t".join(fields)),
        stored=values[width],
        leaf=values[width + 1] if table.name == EVENTS else None,
    )
