"""The gate of the daily close: which days no load changes any more, and the lock under which that is read and decided.

``closed_days`` of the reporting database has a row for each closed day. Whoever publishes rows of a table that closes,
and whoever closes or restates a day, holds the gate meanwhile: for as long as a few statements take. A swap is no
transaction, so the gate is a lock of the session; its end, even by ``kill -9``, opens it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from genims.core.errors import TableBusy
from genims.core.settings import settings
from genims.engine.table import LoadedTable

if TYPE_CHECKING:
    # The driver would slow down every parse of a DAG file.
    from MySQLdb.connections import Connection
    from MySQLdb.cursors import Cursor

GATE_SECONDS = 60
LAST_DAYS = "WHERE business_day = LAST_DAY(business_day)"


def is_closed(column: str) -> str:
    """The SQL condition, in MySQL, that a row belongs to a closed day.

    :param column: what the header of its table names as ``closes``: a business day, or a month 'YYYY-MM', which closes
        with its last day.
    """
    gate = f"{settings().mysql_reporting_db}.closed_days"
    if column.endswith("_month"):
        return f"{column} IN (SELECT DATE_FORMAT(business_day, '%Y-%m') FROM {gate} {LAST_DAYS})"
    return f"{column} IN (SELECT business_day FROM {gate})"


def closed_periods(table: LoadedTable, cursor: Cursor) -> set[str]:
    """The periods of a table that hold closed rows, or would hold them had there been any: days, months or years.

    :param table: the table; one that does not close has none.
    :param cursor: of a session that may read the reporting database.
    """
    if not table.closes:
        return set()
    if table.closes != table.period_column:
        cursor.execute(f"SELECT DISTINCT {table.period_column} FROM {table.name} WHERE {is_closed(table.closes)}")
    elif table.by_month:
        cursor.execute(f"SELECT DATE_FORMAT(business_day, '%Y-%m') FROM closed_days {LAST_DAYS}")
    else:
        cursor.execute("SELECT business_day FROM closed_days")
    return {str(period) for (period,) in cursor.fetchall()}


@contextmanager
def gate(connection: Connection) -> Iterator[None]:
    """Hold the gate; the session sees inside what others have committed before.

    :param connection: a session of the user that may write the reporting database; what it has changed is committed.
    :raises TableBusy: others have held it for GATE_SECONDS.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT GET_LOCK(CONCAT(DATABASE(), '.closed_days'), %s)", (GATE_SECONDS,))
        if cursor.fetchone()[0] != 1:
            raise TableBusy(
                f"closed_days: another session has held the gate of the close for more than {GATE_SECONDS} s. "
                "Publishing takes no second: find it by SELECT IS_USED_LOCK(CONCAT(DATABASE(), '.closed_days')), "
                "end it, then clear this task."
            )
        connection.commit()
        try:
            yield
        finally:
            connection.rollback()
            cursor.execute("SELECT RELEASE_LOCK(CONCAT(DATABASE(), '.closed_days'))")
