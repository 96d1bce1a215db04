"""Adds canonical lines to a table of MySQL: all of them unchanged, or none."""

from __future__ import annotations

import os

from MySQLdb import DataError, IntegrityError, MySQLError
from MySQLdb.connections import Connection

from genims.audit.format.chained_tables import ChainedTable
from genims.core.errors import LoadError

# Up to this many rows, one INSERT is quicker than the extra round trip of LOAD DATA.
SMALL_BATCH = 50
INSERT_ROWS = 1000
WARNINGS_SHOWN = 5
CHECK_VIOLATED = 3819


def insert_lines(connection: Connection, table: ChainedTable, lines: list[bytes], local_infile: bool) -> None:
    """Add rows, in the transaction of the caller, who rolls back when this fails.

    :param connection: a session of the audit writer.
    :param table: the table they go to.
    :param lines: canonical lines, each followed by its hashes as hexadecimal fields.
    :param local_infile: whether the server takes ``LOAD DATA LOCAL``.
    :raises LoadError: MySQL would have changed, refused or left out a row.
    """
    if local_infile and len(lines) > SMALL_BATCH:
        inserted = _load(connection, table, lines)
    else:
        inserted = sum(
            _insert(connection, table, lines[start : start + INSERT_ROWS])
            for start in range(0, len(lines), INSERT_ROWS)
        )
    if inserted != len(lines):
        raise LoadError(f"{table.name}: sent {len(lines)} rows, MySQL took {inserted}")


def _load(connection: Connection, table: ChainedTable, lines: list[bytes]) -> int:
    names = ", ".join([*table.columns, *(f"@{name}" for name in table.hashes)])
    hashes = ", ".join(f"{name} = UNHEX(@{name})" for name in table.hashes)
    with os.fdopen(os.memfd_create("audit_rows"), "wb") as file:
        file.write(b"\n".join(lines))
        file.write(b"\n")
        file.flush()
        return _execute(
            connection,
            table,
            f"LOAD DATA LOCAL INFILE '/proc/self/fd/{file.fileno()}' INTO TABLE {table.name} "
            rf"CHARACTER SET utf8mb4 FIELDS TERMINATED BY '\t' ESCAPED BY '\\' LINES TERMINATED BY '\n' "
            f"({names}) SET {hashes}".encode(),
        )


def _insert(connection: Connection, table: ChainedTable, lines: list[bytes]) -> int:
    """A line is escaped like an SQL string already, so only quotes, NULLs and hashes are left to write."""
    names = ", ".join([*table.columns, *table.hashes])
    rows = b",\n".join([_values(line, len(table.hashes)) for line in lines])
    return _execute(connection, table, f"INSERT INTO {table.name} ({names}) VALUES\n".encode() + rows)


def _values(line: bytes, hashes: int) -> bytes:
    row, *digests = line.rsplit(b"\t", hashes)
    texts = b"'%b'" % row.replace(b"'", b"''").replace(b"\t", b"','")
    fields = texts.replace(b"'\\N'", b"NULL")
    return b"(%b,%b)" % (fields, b",".join([b"x'%b'" % digest for digest in digests]))


def _execute(connection: Connection, table: ChainedTable, statement: bytes) -> int:
    with connection.cursor() as cursor:
        try:
            changed = cursor.execute(statement)
        except MySQLError as error:
            if isinstance(error, DataError | IntegrityError) or error.args[0] == CHECK_VIOLATED:
                raise LoadError(f"{table.name}: MySQL refused a row: {error}") from error
            raise
        if connection.warning_count():
            cursor.execute("SHOW WARNINGS")
            warnings = cursor.fetchall()
            shown = "; ".join(f"{level} {code}: {message}" for level, code, message in warnings[:WARNINGS_SHOWN])
            raise LoadError(f"{table.name}: MySQL would have changed rows ({len(warnings)} warnings): {shown}")
    return changed
