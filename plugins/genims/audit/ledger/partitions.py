"""Keeps monthly partitions ahead of the rows that arrive, so that none lands in the last, open one."""

from __future__ import annotations

import logging
from datetime import date

from genims.core.clock import utc_now
from genims.core.settings import settings
from genims.hooks.mysql import admin

log = logging.getLogger(__name__)

MONTHS_AHEAD = 3
EARLIER = "p_earlier"
LATER = "p_later"
LOCK_SECONDS = 300

LIMITS = """
SELECT table_name, partition_description
FROM information_schema.partitions
WHERE table_schema = DATABASE() AND partition_name IS NOT NULL
ORDER BY table_name, partition_ordinal_position
"""


def create_missing_partitions() -> None:
    """Create the monthly partitions of the audit tables, up to some months ahead."""
    with admin(settings().mysql_audit_db) as cursor:
        added = ensure_partitions(cursor, utc_now().date())
        strays = tables_with_stray_rows(cursor)
    if added:
        log.info("Added partitions up to %s to %s tables.", max(map(max, added.values())), len(added))
    if strays:
        log.warning("Rows dated beyond all monthly partitions, so the clock of a source is wrong: %s", strays)


def ensure_partitions(cursor, today: date) -> dict[str, list[date]]:
    """Split the missing months, up to MONTHS_AHEAD after the present one, off the open partition.

    Rows before the first month of a table belong to its first partition. Rows that were in the open partition move
    into their month.

    :param cursor: of a session of the administrator in the audit database.
    :param today: the present day, UTC.
    :returns: first days of the added months, by table.
    :raises MySQLError: a statement failed; the months that were added stay.
    """
    cursor.execute("SELECT GET_LOCK(CONCAT(DATABASE(), '.partitions'), %s)", (LOCK_SECONDS,))
    limits = _limits(cursor)
    missing = missing_months(cursor, today)
    for table, months in missing.items():
        parts = [] if limits[table] else [f"PARTITION {EARLIER} VALUES LESS THAN ('{months[0]}')"]
        parts += [f"PARTITION p{month:%Y_%m} VALUES LESS THAN ('{_later(month, 1)}')" for month in months]
        parts.append(f"PARTITION {LATER} VALUES LESS THAN (MAXVALUE)")
        cursor.execute(f"ALTER TABLE {table} REORGANIZE PARTITION {LATER} INTO ({', '.join(parts)})")
    cursor.execute("SELECT RELEASE_LOCK(CONCAT(DATABASE(), '.partitions'))")
    return missing


def missing_months(cursor, today: date) -> dict[str, list[date]]:
    """The months, up to MONTHS_AHEAD after the present one, for which tables have no partition.

    :param cursor: of a session in the audit database.
    :param today: the present day, UTC.
    :returns: first days of months by table; tables that lack none are left out.
    """
    present = today.replace(day=1)
    horizon = _later(present, MONTHS_AHEAD)
    found = {}
    for table, limits in _limits(cursor).items():
        month = limits[-1] if limits else present
        months = []
        while month <= horizon:
            months.append(month)
            month = _later(month, 1)
        if months:
            found[table] = months
    return found


def partitioned_tables(cursor) -> set[str]:
    """The tables of the cursor's database that have partitions."""
    return set(_limits(cursor))


def tables_with_stray_rows(cursor) -> list[str]:
    """The tables of the cursor's database with rows in the open partition: later than all months, so the clock of a
    source is wrong."""
    return [table for table in _limits(cursor) if cursor.execute(f"SELECT 1 FROM {table} PARTITION ({LATER}) LIMIT 1")]


def _limits(cursor) -> dict[str, list[date]]:
    """The day at which each partition ends, by partitioned table; the open one has none."""
    cursor.execute(LIMITS)
    found: dict[str, list[date]] = {}
    for table, limit in cursor.fetchall():
        days = found.setdefault(table, [])
        if limit != "MAXVALUE":
            days.append(date.fromisoformat(limit.strip("'")[:10]))
    return found


def _later(month: date, count: int) -> date:
    """The first day of the month that is ``count`` months later."""
    years, index = divmod(month.month - 1 + count, 12)
    return date(month.year + years, index + 1, 1)
