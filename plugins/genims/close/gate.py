"""Which days are closed: ``closed_days`` of the reporting database, changed together with the rows that it closes.

The chained record follows at once, from what ``to_sign`` keeps of each version: see ``signing``.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from MySQLdb.connections import Connection
from MySQLdb.cursors import Cursor, DictCursor

from genims.close import figures
from genims.close.figures import Figures
from genims.core import connections
from genims.core.clock import business_day, utc_now
from genims.core.errors import DayNotClosed, EvidenceError
from genims.engine import closed_days
from genims.hooks.mysql import GenimsMySqlHook

log = logging.getLogger(__name__)

CLOSED, RESTATED = "closed", "restated"
A_DAY = timedelta(days=1)

DAYS = "SELECT * FROM closed_days WHERE business_day BETWEEN %s AND %s ORDER BY business_day"
LAST = "SELECT MAX(business_day) FROM closed_days"
BY_RUN = "SELECT MIN(business_day) FROM closed_days WHERE run = %s"


@dataclass(frozen=True)
class ClosedDay:
    """A closed day, as ``closed_days`` has it; the columns say what each field is."""

    business_day: date
    version: int
    state: str
    closed_at: datetime
    closed_by: str
    run: str
    digest: str
    stale_since: date | None
    to_sign: str | None


@contextmanager
def session() -> Iterator[Connection]:
    """A session of the user that writes the reporting database."""
    with closing(GenimsMySqlHook(connections.REPORTING).get_conn()) as connection:
        yield connection


def closed(connection: Connection, first: date = date.min, last: date = date.max) -> list[ClosedDay]:
    """The closed days of a span, oldest first.

    :param connection: a session that may read the reporting database.
    :param first: the first day of the span.
    :param last: its last day, included.
    """
    with connection.cursor(DictCursor) as cursor:
        cursor.execute(DAYS, (max(first, date(1000, 1, 1)), last))
        return [ClosedDay(**row) for row in cursor.fetchall()]


def state_of(day: date) -> str:
    """``open`` until the day is over, then ``provisional``, and at last ``closed``, or ``restated``.

    :param day: the business day.
    """
    with session() as connection:
        found = closed(connection, day, day)
    if found:
        return found[0].state
    return "provisional" if day < business_day() else "open"


def next_day(connection: Connection) -> date | None:
    """The day that is to be closed next; None while it is not over. The first close of all is that of yesterday.

    :param connection: a session that may read the reporting database.
    """
    with connection.cursor() as cursor:
        cursor.execute(LAST)
        [last] = cursor.fetchone()
    yesterday = business_day() - A_DAY
    day = last + A_DAY if last else yesterday
    return day if day <= yesterday else None


def overdue(connection: Connection, audit: Connection) -> list[date]:
    """The days that are over and not closed: all since the last close, or since the first load.

    :param connection: a session that may read the reporting database.
    :param audit: one that may read the run log.
    """
    with connection.cursor() as cursor, audit.cursor() as run_log:
        cursor.execute(LAST)
        [last] = cursor.fetchone()
        run_log.execute("SELECT MIN(started_at) FROM audit_etl_sync_log")
        [began] = run_log.fetchone()
    today = business_day()
    begun = business_day(began.replace(tzinfo=UTC)) if began else today
    return days_between(last + A_DAY if last else begun, today - A_DAY)


def days_between(first: date, last: date) -> list[date]:
    """The days of a span, oldest first.

    :param first: the first day.
    :param last: the last day, included.
    """
    return [first + number * A_DAY for number in range((last - first).days + 1)]


def day_of_run(run: str) -> date | None:
    """The day that a run closes, however often it is cleared: the one that it has closed, else the next one.

    :param run: ``<dag_id>/<run_id>``.
    :returns: None if no day is to be closed.
    """
    with session() as connection, connection.cursor() as cursor:
        cursor.execute(BY_RUN, (run,))
        [day] = cursor.fetchone()
        return day or next_day(connection)


def close(day: date, by: str, run: str) -> ClosedDay:
    """Close a day with the figures that are published. What is closed already stays as it is.

    :param day: the business day.
    :param by: who closes it: who triggered the run, or the task.
    :param run: ``<dag_id>/<run_id>``.
    :raises DayNotClosed: another day is to be closed before, or this one is not over.
    :raises TableBusy: others hold the gate.
    """
    with session() as connection, closed_days.gate(connection), connection.cursor() as cursor:
        if found := closed(connection, day, day):
            log.info("%s has been %s since %s.", day, found[0].state, found[0].closed_at)
            return found[0]
        if (due := next_day(connection)) != day:
            raise DayNotClosed(
                f"{day} cannot be closed: expected {due or 'no day'}, which is the next one to be closed."
            )
        now = utc_now()
        present = figures.stored(cursor, day)
        figures.write(cursor, present, CLOSED, now)
        to_sign = json.dumps([sign_off(present, 1, CLOSED)])
        version = ClosedDay(day, 1, CLOSED, now, by, run, present.digest, None, to_sign)
        put(cursor, version)
        connection.commit()
    return version


def sign_off(present: Figures, version: int, state: str, **detail: object) -> dict[str, object]:
    """The row of ``sox_compliance_log`` that signs a version of a day; ``signing`` adds who made it.

    :param present: the figures of the day.
    :param version: 1 for the close, one more for each restatement.
    :param state: closed or restated.
    :param detail: what else is put on record.
    """
    told = {"state": state, "digest": present.digest, "tables": present.tables} | detail
    return {
        "table": "sox_compliance_log",
        "control_id": "day_close",
        "business_day": str(present.day),
        "subject": f"version {version}",
        "population_count": present.count,
        "exception_count": 0,
        "outcome": "passed",
        "detail": json.dumps(told, default=str),
    }


def put(cursor: Cursor, day: ClosedDay) -> None:
    """Add a day to ``closed_days``, or put it in the place of its former version.

    :param cursor: of a session that may write the reporting database and holds the gate.
    :param day: the day.
    """
    values = vars(day)
    marks = ", ".join(f"%({name})s" for name in values)
    cursor.execute(f"REPLACE INTO closed_days ({', '.join(values)}) VALUES ({marks})", values)


def require_as_closed(connection: Connection, days: list[ClosedDay]) -> None:
    """Compare the rows of closed days with the digests with which they were closed.

    :param connection: a session that may read the reporting database.
    :param days: the days.
    :raises EvidenceError: somebody has altered rows of closed days; the message names the days.
    """
    with connection.cursor() as cursor:
        altered = [day for day in days if figures.stored(cursor, day.business_day).digest != day.digest]
    connection.commit()
    if altered:
        raise EvidenceError(
            "Rows of closed days are no longer those that were closed:\n  "
            + "\n  ".join(f"{day.business_day}: expected {day.digest}, version {day.version}" for day in altered)
            + "\nSomebody has altered them in MySQL: find out who. Restore the rows from a backup (DAG restore, into a "
            "new database), or restate the days with two persons (DAG restate)."
        )
