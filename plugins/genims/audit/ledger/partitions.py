"""Keeps monthly partitions ahead of the rows that arrive, so that none lands in the last, open one."""

from __future__ import annotations

import logging
import time
from datetime import date, timedelta

from genims.core.clock import utc_now
from genims.core.errors import TableHeld
from genims.core.settings import settings
from genims.hooks.brief_ddl import PATIENCE_SECONDS, alter
from genims.hooks.mysql import admin

log = logging.getLogger(__name__)

MONTHS_AHEAD = 3
EARLIER = "p_earlier"
LATER = "p_later"
LOCK_SECONDS = 300
# A month may be added on one of the next nights as long as it begins no sooner.
LASTING = timedelta(days=10)
# Rows that are copied while others wait: a tenth of a second's work.
MOST_COPIED = 1000

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


def ensure_partitions(cursor, today: date, patience: float = PATIENCE_SECONDS) -> dict[str, list[date]]:
    """Split the months that are missing, up to MONTHS_AHEAD after the present one, off the open partition.

    Rows before the first month of a table belong to its first partition. Rows that were in the open partition move
    into their month. A table that is held, or has many rows in the open partition, is left for the next time as long as
    its partitions last for some days; a warning says why.

    :param cursor: of a session of the administrator in the audit database.
    :param today: the present day, UTC.
    :param patience: for how many seconds to wait for all tables that are held.
    :returns: first days of the added months, by table.
    :raises TableHeld: the partitions of a table will not last; the message says who or what is in the way.
    """
    cursor.execute("SELECT GET_LOCK(CONCAT(DATABASE(), '.partitions'), %s)", (LOCK_SECONDS,))
    until = time.monotonic() + patience
    limits = _limits(cursor)
    added: dict[str, list[date]] = {}
    urgent = []
    for table, months in missing_months(cursor, today).items():
        # One at a time: others wait while MySQL makes the files. Nobody writes to a table that has no month yet.
        steps = [[month] for month in months] if limits[table] else [months]
        try:
            for step in steps:
                _split_off(cursor, table, step, first=not limits[table], patience=until - time.monotonic())
                added.setdefault(table, []).extend(step)
        except TableHeld as error:
            log.warning("%s", error)
            if months[0] <= today + LASTING:
                urgent.append(str(error))
    cursor.execute("SELECT RELEASE_LOCK(CONCAT(DATABASE(), '.partitions'))")
    if urgent:
        raise TableHeld("Rows will land in the open partition within days:\n  " + "\n  ".join(urgent))
    return added


def _split_off(cursor, table: str, months: list[date], *, first: bool, patience: float) -> None:
    parts = [f"PARTITION {EARLIER} VALUES LESS THAN ('{months[0]}')"] if first else []
    parts += [f"PARTITION p{month:%Y_%m} VALUES LESS THAN ('{_later(month, 1)}')" for month in months]
    parts.append(f"PARTITION {LATER} VALUES LESS THAN (MAXVALUE)")
    statement = f"ALTER TABLE {table} REORGANIZE PARTITION {LATER} INTO ({', '.join(parts)})"
    # MySQL copies these rows, and nobody writes meanwhile.
    if cursor.execute(f"SELECT 1 FROM {table} PARTITION ({LATER}) LIMIT {MOST_COPIED + 1}") > MOST_COPIED:
        raise TableHeld(
            f"{table}: expected at most {MOST_COPIED} rows in partition {LATER}, found more. To move them would "
            f"hold up the writers of the audit tables. Pause audit_sync and audit_logs, and run: {statement}"
        )
    alter(cursor, table, statement, patience)


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
