"""What an hourly and a weekly run of a log cost when seven years are on record, simulated on servers of their own."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta

from MySQLdb.cursors import Cursor
from psycopg import Connection

from dev.stack import Stack
from genims.audit.logs.source_log import SourceLog
from genims.core.clock import utc_now
from genims.core.paths import ROOT, SCHEMA
from genims.core.settings import settings
from tests.support.audit.log_runs import LOGS
from tests.support.audit.log_runs import run as run_log
from tests.support.servers import administrator, set_up_platform, source_owner, use
from tests.support.source_rows import SourceRows

DAYS = 7 * 365
AT_ONCE = 500_000
TABLE = "wms_tms_sync_log"
NEW, CHANGED = 1000, 10
# The limit of a task of audit_logs is 20 minutes; with all logs, an hourly run has to be far below.
HOURLY_LIMIT = 60.0

# The rows of a source that has sent a message every few seconds for seven years, up to now.
SOURCE = """
INSERT INTO wms_tms_sync_log (sync_id, sync_timestamp, sync_direction, document_type, document_id, sync_status)
SELECT 'B' || n, %(first)s::timestamp + n::bigint * %(microseconds)s * interval '1 microsecond', 'out', 'shipment',
    'S' || n, 'completed'
FROM generate_series(%(start)s + 1, %(end)s) AS n
"""
NUMBERS = """
CREATE TABLE numbers (n INT PRIMARY KEY)
WITH RECURSIVE upto AS (SELECT 0 AS n UNION ALL SELECT n + 1 FROM upto WHERE n < 999) SELECT n FROM upto
"""
RECORDED = """
INSERT INTO system_audit_log
    (audit_timestamp, source_database, audit_sequence, operation, table_name, row_key, session_user_name, row_count,
     routed_to, recorded_at, row_hash, leaf_hash)
SELECT %(first)s + INTERVAL s.n * %(microseconds)s MICROSECOND, %(log)s, s.n, 'LOG', 'integration_audit_log',
    CONCAT('tms.wms_tms_sync_log/B', s.n), 'bench', 1, 'integration_audit_log:1', %(first)s, REPEAT('0', 32),
    REPEAT('0', 32)
"""
RECORDED_MESSAGES = """
INSERT INTO integration_audit_log
SELECT %(first)s + INTERVAL s.n * %(microseconds)s MICROSECOND, %(log)s, s.n, 'wms_tms', 'out',
    CONCAT('shipment S', s.n), 'completed', NULL, 'tms.wms_tms_sync_log', CONCAT('B', s.n), REPEAT('0', 32)
"""
OF_NUMBERS = """
FROM (
    SELECT 1 + %(start)s + a.n * 1000 + b.n AS n FROM numbers AS a JOIN numbers AS b WHERE a.n < %(thousands)s
    ORDER BY a.n, b.n
) AS s
"""
LEDGER = """
INSERT INTO audit_sequence_manager
    (source_database, last_audit_sequence, fence, last_block_number, open_events, updated_at)
VALUES (%(log)s, %(entries)s, 1, 1, 0, %(first)s)
"""
BLOCK = """
INSERT INTO audit_trail_completeness
    (source_database, block_number, audit_timestamp, opened_at, first_audit_sequence, last_audit_sequence, event_count,
     table_rows, merkle_root, previous_block_hash, block_hash, leaves)
VALUES (%(log)s, 1, %(first)s, %(first)s, %(entries)s, %(entries)s, 1, '', REPEAT('0', 32), REPEAT('0', 32),
    REPEAT('0', 32), REPEAT('0', 32))
"""


def run(entries: int = 5_600_000) -> list[str]:
    """Record in a weekly and in hourly runs what is new beside seven years of entries; returns what is too slow.

    :param entries: how many are on record, a multiple of 1,000. 56,000,000 need some 60 GB of disk.
    """
    log = replace(LOGS["integrations"], name="bench_logs")
    before = dict(os.environ)
    home = ROOT / ".local" / "bench_logs"
    stack = Stack(home, dotenv=None)
    try:
        stack.up(only=["mysql", "postgres"], sample_data=False)
        use(stack.env)
        set_up_platform()
        print(f"\nThe log of the interfaces with {entries:,} entries on record: seconds, entries recorded", flush=True)
        with closing(SourceRows(source_owner(stack.env))) as rows:
            _fill(log.name, entries, rows.connect("tms"))
            return list(_measure(log, rows.connect("tms")))
    finally:
        stack.down()
        shutil.rmtree(home, ignore_errors=True)
        use(before)


def _measure(log: SourceLog, source: Connection) -> Iterator[str]:
    _run(log, "weekly, nothing new", expected=0, full=True)
    _run(log, "hourly, nothing new", expected=0)
    source.execute(
        f"INSERT INTO {TABLE} (sync_id, document_type) SELECT 'NEW' || n, 'x' FROM generate_series(1, {NEW}) AS n"
    )
    source.execute(
        f"UPDATE {TABLE} SET sync_status = 'sent again', last_retry_at = now() AT TIME ZONE 'UTC' "
        f"WHERE sync_id IN (SELECT 'B' || 1 + n * 97 FROM generate_series(1, {CHANGED}) AS n)"
    )
    seconds = _run(log, f"hourly, {NEW} new and {CHANGED} old ones changed", expected=NEW + CHANGED)
    if seconds > HOURLY_LIMIT:
        yield f"logs: an hourly run took {seconds:.1f} s, limit {HOURLY_LIMIT}"
    source.execute(f"UPDATE {TABLE} SET sync_status = 'unseen' WHERE sync_id = 'B5'")
    _run(log, "hourly, one changed without a time", expected=0)
    _run(log, "weekly, finds it", expected=1, full=True)


def _run(log: SourceLog, what: str, expected: int, *, full: bool = False) -> float:
    began = time.monotonic()
    recorded = run_log(log, full=full)
    seconds = time.monotonic() - began
    print(f"{what:45} {seconds:9.1f} {recorded:9,}", flush=True)
    assert recorded == expected, f"{what}: expected {expected} entries, recorded {recorded}"
    return seconds


def _fill(name: str, entries: int, source: Connection) -> None:
    """The same entries in the source and on record, evenly over the years up to now."""
    first = (utc_now() - timedelta(days=DAYS)).replace(microsecond=0)
    values = {"log": name, "entries": entries, "first": first}
    values["microseconds"] = timedelta(days=DAYS) // timedelta(microseconds=1) // entries
    for line in (SCHEMA / "postgres_source_indexes.sql").read_text().splitlines():
        if line.startswith("CREATE") and f" ON {TABLE} " in line:
            source.execute(line)
    with administrator(settings().mysql_audit_db) as connection, connection.cursor() as cursor:
        cursor.execute(NUMBERS)
        for table in ("system_audit_log", "integration_audit_log"):
            _split_into_months(cursor, table, first.date())
        for start in range(0, entries, AT_ONCE):
            end = min(start + AT_ONCE, entries)
            part = values | {"start": start, "end": end, "thousands": (end - start) // 1000}
            source.execute(SOURCE, part)
            cursor.execute(RECORDED + OF_NUMBERS, part)
            cursor.execute(RECORDED_MESSAGES + OF_NUMBERS, part)
        cursor.execute(LEDGER, values)
        cursor.execute(BLOCK, values)
        cursor.execute("DROP TABLE numbers")
        cursor.execute("ANALYZE TABLE system_audit_log, integration_audit_log")
        cursor.fetchall()
    source.execute(f"ANALYZE {TABLE}")


def _split_into_months(cursor: Cursor, table: str, first: date) -> None:
    """The months of the past, as if the platform had run all the time."""
    present = utc_now().date().replace(day=1)
    month, parts = first.replace(day=1), []
    while month <= present:
        parts.append(f"PARTITION e{month:%Y_%m} VALUES LESS THAN ('{month}')")
        month = (month + timedelta(days=31)).replace(day=1)
    cursor.execute(f"ALTER TABLE {table} REORGANIZE PARTITION p_earlier INTO ({', '.join(parts)})")
