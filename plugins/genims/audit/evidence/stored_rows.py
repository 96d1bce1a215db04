"""Reads audit rows back, exactly as MySQL has them, and hashes them again."""

from __future__ import annotations

import re
from collections import defaultdict
from contextlib import contextmanager
from typing import NamedTuple

from MySQLdb.connections import Connection

from genims.audit.format import canonical
from genims.audit.format.chained_tables import EVENTS, ChainedTable, chained_tables

NULL = canonical.NULL.encode()
LAST_SEQUENCE = 2**64 - 1
# Of few rows anything has to be escaped.
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
def raw_values(connection: Connection):
    """A cursor whose values are the bytes that MySQL sent."""
    converter, connection.converter = connection.converter, {}
    try:
        with connection.cursor() as cursor:
            yield cursor
    finally:
        connection.converter = converter


def read_rows(connection: Connection, ranges: list[Range]) -> dict[tuple[str, int], list[StoredRow]]:
    """All rows of some events, by source database and ``audit_sequence``."""
    found = defaultdict(list)
    ranges = _joined(ranges)
    where = " OR ".join(["(source_database = %s AND audit_sequence BETWEEN %s AND %s)"] * len(ranges))
    for row in _select(connection, where, [value for each in ranges for value in each]):
        found[row.source, row.sequence].append(row)
    return found


def _joined(ranges: list[Range]) -> list[Range]:
    """The ranges with neighbours made one: of thousands, MySQL would rather read the whole table."""
    joined: list[Range] = []
    for each in ranges:
        if joined and joined[-1].source == each.source and joined[-1].last + 1 == each.first:
            joined[-1] = joined[-1]._replace(last=each.last)
        else:
            joined.append(each)
    return joined


def read_rows_of_others(connection: Connection, sources: list[str]) -> list[StoredRow]:
    """All rows of source databases that are none of ``sources``."""
    return list(_select(connection, f"source_database NOT IN ({', '.join(['%s'] * len(sources))})", sources))


def _select(connection: Connection, where: str, parameters: list):
    with raw_values(connection) as cursor:
        for table in chained_tables().values():
            columns = ", ".join([*table.columns, *table.hashes])
            cursor.execute(f"SELECT {columns} FROM {table.name} WHERE {where}", parameters)
            for values in cursor.fetchall():
                yield _row(table, values)


def _row(table: ChainedTable, values: tuple[bytes | None, ...]) -> StoredRow:
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
        digest=canonical.row_hash(table.name, b"\t".join(fields)),
        stored=values[width],
        leaf=values[width + 1] if table.name == EVENTS else None,
    )
