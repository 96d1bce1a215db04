"""Puts what the close has done on the chained record, exactly once.

A version of a day is first committed in the reporting database, together with the rows that are to be added to the
audit tables (``closed_days.to_sign``). They are added here, in one transaction of the ledger ``pipeline``. Whatever is
killed in between, the next run adds what is lacking; two runs at once add it once.
"""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from datetime import date

from MySQLdb.connections import Connection

from genims.audit.ledger.pipeline import PIPELINE, pipeline_event, pipeline_ledger
from genims.close import figures, gate
from genims.close.gate import ClosedDay
from genims.core.errors import EvidenceError
from genims.core.paths import sql
from genims.engine import closed_days, digests
from genims.engine.run_log import SyncAttempt
from genims.reporting.rendered import statements

log = logging.getLogger(__name__)

USER = "financial_close"
SIGNED = sql("close/signed")
CONFIRMED = sql("close/confirmed")
SIGNED_DAYS = sql("close/signed_days")
TO_SIGN = "SELECT business_day FROM closed_days WHERE to_sign IS NOT NULL ORDER BY business_day"


def sign() -> list[date]:
    """Add what is not on the chained record yet.

    :returns: the days whose versions were signed.
    :raises EvidenceError: the rows of such a day are not those that were closed, so nobody signs them.
    :raises SourceBusy: another task has kept the ledger of the pipeline for too long.
    """
    with gate.session() as connection:
        with connection.cursor() as cursor:
            cursor.execute(TO_SIGN)
            days = [day for (day,) in cursor.fetchall()]
        for day in days:
            _sign(connection, day)
    return days


def _sign(connection: Connection, day: date) -> None:
    connection.commit()
    [version] = gate.closed(connection, day, day)
    if version.to_sign is None:
        return
    gate.require_as_closed(connection, [version])
    _append(version)
    if version.version > 1:
        _keep_digests(version)
    with closed_days.gate(connection), connection.cursor() as cursor:
        if gate.closed(connection, day, day) == [version]:
            gate.put(cursor, replace(version, to_sign=None))
            connection.commit()
    log.info("%s, version %d, is signed: %s.", day, version.version, version.digest)


def _append(version: ClosedDay) -> None:
    with pipeline_ledger() as ledger:
        signed = _last_signed(ledger.connection, version.business_day)
        ledger.connection.commit()
        if signed and signed[0] >= version.version:
            return
        if version.version > 1:
            _require_confirmed(ledger.connection, version)
        events = []
        for row in json.loads(version.to_sign):
            table, reason = row.pop("table"), row.get("reason")
            if "business_day" in row:
                row["business_day"] = date.fromisoformat(row["business_day"])
            details = {"app_user": version.closed_by, "request_id": version.run[:255], "reason": reason}
            events.append(pipeline_event(table, row, version.closed_by or USER, **details))
        ledger.append(events, seal=True)


def _require_confirmed(connection: Connection, version: ClosedDay) -> None:
    """Refuse a restatement that no two persons agreed on: somebody has written into ``closed_days``."""
    with connection.cursor() as cursor:
        cursor.execute(CONFIRMED, {"source": PIPELINE, "run": version.run})
        is_confirmed = cursor.fetchone()
    connection.commit()
    if not is_confirmed:
        raise EvidenceError(
            f"{version.business_day}: expected the confirmation of a second person for version "
            f"{version.version}, found none by {version.run}: nobody signs it. Find out who has written into the "
            "reporting database."
        )


def _keep_digests(version: ClosedDay) -> None:
    """Let the run log know what was restated; else reporting_nightly takes it for an alteration."""
    dag_id, _, run_id = version.run.partition("/")
    with gate.session() as connection, connection.cursor() as cursor:
        for table in figures.closing_tables():
            window = figures.window_of(table, version.business_day, version.business_day)
            attempt = SyncAttempt.of(dag_id, run_id, table.name, window)
            with attempt.recorded():
                attempt.digests = digests.compute(table, statements(table, window).digest_sql, cursor)
        connection.commit()


def _last_signed(connection: Connection, day: date) -> tuple[int, str] | None:
    """The last version of a day that is on the chained record, and its digest; None if there is none."""
    with connection.cursor() as cursor:
        cursor.execute(SIGNED, {"source": PIPELINE, "day": day})
        row = cursor.fetchone()
    return (int(row[0].removeprefix("version ")), json.loads(row[1])["digest"]) if row else None


def require_signed(connection: Connection, days: list[ClosedDay], first: date | None = None) -> None:
    """Compare closed days with the chained record, which decides.

    :param connection: a session that may read the audit tables.
    :param days: the closed days.
    :param first: if they are to be all closed days from this one on: the record must have no other.
    :raises EvidenceError: the record has none of a day, or another version or digest; the message names the days.
    """
    with connection.cursor() as cursor:
        cursor.execute(SIGNED_DAYS, {"source": PIPELINE, "first": first or date.max})
        lost = {day for (day,) in cursor.fetchall()} - {day.business_day for day in days}
    differing = [f"{day}: closed on record, not in closed_days" for day in sorted(lost)]
    for day in days:
        if day.to_sign:
            continue
        signed, found = _last_signed(connection, day.business_day), (day.version, day.digest)
        if signed != found:
            differing.append(f"{day.business_day}: on record {signed or 'nothing'}, in closed_days {found}")
    connection.commit()
    if differing:
        raise EvidenceError(
            "The closed days are not those on the chained record (sox_compliance_log, day_close):\n  "
            + "\n  ".join(differing)
            + "\nSomebody has written into closed_days, or the reporting database was set back. Restore it from a "
            "backup of the same night or a later one."
        )
