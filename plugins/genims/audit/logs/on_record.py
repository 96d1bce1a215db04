"""What is on record of a log, as digests: all of it, or as much as tells whether some entries are new or changed."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
from MySQLdb.connections import Connection

from genims.audit.logs.source_log import ENTRY_KEY, SourceLog
from genims.engine.mysql_inputs import copy_rows

COLUMNS = {"key_digest": "VARCHAR", "value_digest": "VARCHAR", "audit_sequence": "UBIGINT"}
# The newest entries are read first, this many for each entry to compare: most of those are among them.
NEWEST = 4
# To look up a key, which is in any of some hundred partitions, takes as long as to read this many entries in order.
LOOK_UP = 100
KEYS_AT_ONCE = 1000

# Only digests travel. Both servers digest the same text; the '=' tells an empty value from NULL.
DIGESTS = """
SELECT SHA2(e.row_key, 256), SHA2(CONCAT_WS(CHAR(0 USING utf8mb4), {values}), 256), e.audit_sequence
FROM system_audit_log AS e {index}
JOIN {table} AS t USING (source_database, audit_sequence, audit_timestamp)
WHERE e.source_database = %s AND {condition}
"""

KEYS_NOT_COPIED = f"SELECT {ENTRY_KEY} FROM staged ANTI JOIN on_record ON key_digest = sha256({ENTRY_KEY})"


def copy_all(source_log: SourceLog, audit: Connection, duck: duckdb.DuckDBPyConnection) -> None:
    """Copy the digests of all entries on record into the DuckDB table ``on_record``.

    :param source_log: the log.
    :param audit: a session that may read the audit database.
    :param duck: the DuckDB connection that will compare.
    """
    _copy(source_log, audit, duck, "on_record", "e.audit_sequence > %s", 0)


def copy_of_staged(source_log: SourceLog, last: int, audit: Connection, duck: duckdb.DuckDBPyConnection) -> None:
    """Copy into ``on_record`` the digests of entries on record, at least the last one of each key that is staged.

    The time depends on the number of staged entries, hardly on the number of those on record: a key that is not among
    the newest entries is looked up.

    :param source_log: the log.
    :param last: the last number of its ledger, and so the number of its entries on record.
    :param audit: a session that may read the audit database.
    :param duck: the DuckDB connection that will compare; the entries are in its table ``staged``.
    """
    [staged] = duck.execute("SELECT count(*) FROM staged").fetchone()
    older = last - NEWEST * staged
    _copy(source_log, audit, duck, "on_record", "e.audit_sequence > %s", max(older, 0))
    if older <= 0:
        return
    keys = [key for (key,) in duck.execute(f"{KEYS_NOT_COPIED} LIMIT {older // LOOK_UP + 1}").fetchall()]
    if len(keys) * LOOK_UP > older:
        copy_all(source_log, audit, duck)
        return
    for start in range(0, len(keys), KEYS_AT_ONCE):
        _look_up(source_log, audit, duck, keys[start : start + KEYS_AT_ONCE])


def _look_up(source_log: SourceLog, audit: Connection, duck: duckdb.DuckDBPyConnection, keys: Sequence[str]) -> None:
    condition, index = "e.table_name = %s AND e.row_key IN %s", "FORCE INDEX (ix_system_audit_log_row)"
    _copy(source_log, audit, duck, "looked_up", condition, source_log.table, keys, index=index)
    duck.execute("INSERT INTO on_record FROM looked_up")


def _copy(
    source_log: SourceLog,
    audit: Connection,
    duck: duckdb.DuckDBPyConnection,
    into: str,
    condition: str,
    *parameters: object,
    index: str = "",
) -> None:
    values = ", ".join(f"COALESCE(CONCAT('=', t.{column.name}), '')" for column in source_log.value_columns)
    query = DIGESTS.format(values=values, table=source_log.table, condition=condition, index=index)
    copy_rows(query, audit, duck, into, COLUMNS, (source_log.name, *parameters))
