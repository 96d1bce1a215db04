"""Adds canonical lines to a table of MySQL: all of them unchanged, or none."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass

from MySQLdb import DataError, IntegrityError, MySQLError
from MySQLdb.connections import Connection
from MySQLdb.constants import CR, ER

from genims.audit.format.chained_tables import ChainedTable
from genims.core.errors import LoadError
from genims.hooks.mysql import takes_load_data

# Up to this many rows, one INSERT is quicker than the extra round trip of LOAD DATA.
SMALL_BATCH = 50
INSERT_ROWS = 1000
INSERT_BYTES = 1 << 20
# No line is longer. InnoDB takes rows of up to a tenth of its redo log, which is 100 MB by default.
LINE_BYTES = 8 << 20
WARNINGS_SHOWN = 5
CHECK_VIOLATED = 3819
# What MySQL answers to a statement that exceeds max_allowed_packet, and what a client sees that is still sending it.
TOO_LONG = (ER.NET_PACKET_TOO_LARGE, CR.NET_PACKET_TOO_LARGE)
BROKEN_OFF = (CR.SERVER_GONE_ERROR, CR.SERVER_LOST)

PACKET_BYTES = "SELECT @@SESSION.max_allowed_packet"


@dataclass(frozen=True)
class Intake:
    """How much a MySQL server takes at once.

    :param local_infile: whether it takes ``LOAD DATA LOCAL``.
    :param packet_bytes: its ``max_allowed_packet``.
    """

    local_infile: bool
    packet_bytes: int

    @classmethod
    def of(cls, connection: Connection) -> Intake:
        """The limits of the server behind a session."""
        with connection.cursor() as cursor:
            cursor.execute(PACKET_BYTES)
            [packet_bytes] = cursor.fetchone()
        return cls(takes_load_data(connection), packet_bytes)

    @property
    def line_bytes(self) -> int:
        """The most bytes of a line: even if all of them are quotes, which INSERT doubles, it fits into a statement."""
        return min(LINE_BYTES, self.packet_bytes // 4)

    @property
    def statement_bytes(self) -> int:
        """The most bytes of an INSERT of several rows."""
        return min(INSERT_BYTES, self.packet_bytes // 2)


def insert_lines(connection: Connection, table: ChainedTable, lines: list[bytes], intake: Intake) -> None:
    """Add rows, in the transaction of the caller, who rolls back when this fails.

    :param connection: a session of the audit writer.
    :param table: the table they go to.
    :param lines: canonical lines, each followed by its hashes as hexadecimal fields.
    :param intake: how much the server takes at once.
    :raises LoadError: MySQL would have changed, refused or left out a row, or a row is longer than a statement may be.
    """
    is_small = len(lines) <= SMALL_BATCH and sum(map(len, lines)) <= intake.statement_bytes
    if intake.local_infile and not is_small:
        inserted = _load(connection, table, lines, intake)
    else:
        inserted = sum(_execute(connection, table, statement, intake) for statement, _ in inserts(table, lines, intake))
    if inserted != len(lines):
        raise LoadError(f"{table.name}: sent {len(lines)} rows, MySQL took {inserted}")


def _load(connection: Connection, table: ChainedTable, lines: list[bytes], intake: Intake) -> int:
    names = ", ".join([*table.columns, *(f"@{name}" for name in table.hashes)])
    hashes = ", ".join(f"{name} = UNHEX(@{name})" for name in table.hashes)
    with os.fdopen(os.memfd_create("audit_rows"), "wb") as file:
        file.writelines(line + b"\n" for line in lines)
        file.flush()
        return _execute(
            connection,
            table,
            f"LOAD DATA LOCAL INFILE '/proc/self/fd/{file.fileno()}' INTO TABLE {table.name} "
            rf"CHARACTER SET utf8mb4 FIELDS TERMINATED BY '\t' ESCAPED BY '\\' LINES TERMINATED BY '\n' "
            f"({names}) SET {hashes}".encode(),
            intake,
        )


def inserts(
    table: ChainedTable, lines: list[bytes], intake: Intake, verb: str = "INSERT", most_rows: int = INSERT_ROWS
) -> Iterator[tuple[bytes, int]]:
    """The statements that insert lines, and how many rows each has; a row that is too long for several goes alone.

    :param table: the table that gets them.
    :param lines: rows in canonical text, each with its hashes.
    :param intake: how many bytes a statement may have.
    :param verb: ``INSERT``, or ``INSERT IGNORE``.
    :param most_rows: of each statement.
    """
    names = ", ".join([*table.columns, *table.hashes])
    beginning = f"{verb} INTO {table.name} ({names}) VALUES\n".encode()
    together: list[bytes] = []
    length = 0
    for line in lines:
        row = _values(line, len(table.hashes))
        if together and (length + len(row) > intake.statement_bytes or len(together) == most_rows):
            yield beginning + b",\n".join(together), len(together)
            together, length = [], 0
        together.append(row)
        length += len(row)
    if together:
        yield beginning + b",\n".join(together), len(together)


def _values(line: bytes, hashes: int) -> bytes:
    """A line is escaped like an SQL string already, so only quotes, NULLs and hashes are left to write."""
    row, *digests = line.rsplit(b"\t", hashes)
    texts = b"'%b'" % row.replace(b"'", b"''").replace(b"\t", b"','")
    fields = texts.replace(b"'\\N'", b"NULL")
    return b"(%b,%b)" % (fields, b",".join([b"x'%b'" % digest for digest in digests]))


def _execute(connection: Connection, table: ChainedTable, statement: bytes, intake: Intake) -> int:
    with connection.cursor() as cursor:
        try:
            changed = cursor.execute(statement)
        except MySQLError as error:
            raise _explained(error, table, len(statement), intake) from error
        if connection.warning_count():
            cursor.execute("SHOW WARNINGS")
            warnings = cursor.fetchall()
            shown = "; ".join(f"{level} {code}: {message}" for level, code, message in warnings[:WARNINGS_SHOWN])
            raise LoadError(f"{table.name}: MySQL would have changed rows ({len(warnings)} warnings): {shown}")
    return changed


def _explained(error: MySQLError, table: ChainedTable, length: int, intake: Intake) -> MySQLError | LoadError:
    """The error as the ledger reports it: a refused row is no lost server, and neither is a statement too long."""
    code = error.args[0] if error.args else None
    if isinstance(error, DataError | IntegrityError) or code in (CHECK_VIOLATED, ER.TOO_BIG_ROWSIZE):
        return LoadError(f"{table.name}: MySQL refused a row: {error}")
    if code in TOO_LONG or (code in BROKEN_OFF and length > intake.packet_bytes):
        return LoadError(
            f"{table.name}: expected a statement within max_allowed_packet ({intake.packet_bytes:,} bytes), found one "
            f"of {length:,} bytes: {error}. Raise max_allowed_packet of the MySQL server to 64 MB"
        )
    return error
