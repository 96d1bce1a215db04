"""What sources change after the close: each night the closed days within reach are computed again aside, and compared.

Nothing of it is published: a person restates the day, or leaves it as it was closed.
"""

from __future__ import annotations

import json
import logging
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256

from MySQLdb.connections import Connection

from genims.audit.ledger.pipeline import PIPELINE, append_rows
from genims.close import figures, gate, signing
from genims.close.differences import Difference, differences
from genims.close.gate import ClosedDay
from genims.close.signing import USER
from genims.core import connections
from genims.core.clock import business_day
from genims.core.paths import sql
from genims.core.text_table import text_table
from genims.engine.source_query import SourceQuery
from genims.engine.table import LoadedTable
from genims.hooks.mysql import GenimsMySqlHook
from genims.reporting.days import NIGHTLY_LOOKBACK
from genims.reporting.rendered import statements

log = logging.getLogger(__name__)

CONTROL = "closed_day_unchanged"
# A day is computed from its sources before it is closed.
COMPUTED_BEFORE = timedelta(hours=1)
KEPT = 100
MARK = "who"


def report() -> list[dict[str, object]]:
    """Compare the closed days within reach with the record and with the sources; put on record what is new.

    Within reach are the days that the nightly run of the reporting tables would recompute if they were not closed.

    :returns: a line for each value that the sources have changed: table, day, key, column, old, new and who.
    :raises EvidenceError: rows of closed days are not those that were closed, or not those that were signed.
    """
    with gate.session() as reporting, closing(GenimsMySqlHook(connections.AUDIT).get_conn()) as audit:
        first = business_day() - NIGHTLY_LOOKBACK
        days = gate.closed(reporting, first)
        gate.require_as_closed(reporting, days)
        signing.require_signed(audit, days, first)
        lines = []
        for table in figures.closing_tables() if days else ():
            for day, found in changed(reporting, table, days).items():
                who = who_changed(audit, table, day)
                lines += (here := [line | {MARK: who} for each in found for line in each.lines()])
                _put_on_record(audit, table, day, here, len(found))
    if lines:
        log.warning("Sources have changed %d values of closed days:\n%s", len(lines), text_table(lines[:KEPT]))
    return lines


def changed(connection: Connection, table: LoadedTable, days: list[ClosedDay]) -> dict[ClosedDay, list[Difference]]:
    """The rows of closed days that the sources would make otherwise now.

    :param connection: a session that may read the reporting database.
    :param table: a table that closes.
    :param days: the closed days.
    :returns: by day; days that would be the same are left out.
    """
    now = figures.recomputed(table, [day.business_day for day in days])
    if now is None:
        return {}
    found = {}
    with connection.cursor() as cursor:
        for day in days:
            before = figures.stored(cursor, day.business_day, [table]).rows[table.name]
            found[day] = differences(table, day.business_day, before, now[day.business_day])
    connection.commit()
    return {day: each for day, each in found.items() if each}


def who_changed(connection: Connection, table: LoadedTable, day: ClosedDay) -> str:
    """The captured changes that may be the cause, newest first, those that name the day before all others.

    :param connection: a session that may read the audit tables.
    :param table: the table whose figures differ.
    :param day: the closed day.
    """
    window = figures.window_of(table, day.business_day, day.business_day)
    read = SourceQuery(statements(replace(table, checks=()), window).sql).tables
    with connection.cursor() as cursor:
        values = {
            "since": day.closed_at - COMPUTED_BEFORE,
            "day": str(day.business_day),
            "tables": tuple(sorted((each.database, each.table) for each in read)),
        }
        cursor.execute(sql("close/who_changed"), values)
        rows = cursor.fetchall()
    connection.commit()
    return (
        "; ".join(
            f"{at:%Y-%m-%d %H:%M:%S} {person} {operation} {database}.{name} {key or ''}" + (f" ({why})" if why else "")
            for at, operation, database, name, key, person, why, _ in rows
        )
        or "no captured change of its source tables"
    )


def _put_on_record(connection: Connection, table: LoadedTable, day: ClosedDay, lines: list[dict], rows: int) -> None:
    """Add a row, unless the last one of this day and table says the same."""
    values = [{name: value for name, value in line.items() if name != MARK} for line in lines]
    seen = sha256(json.dumps([day.version, values], default=str).encode()).hexdigest()
    with connection.cursor() as cursor:
        cursor.execute(sql("close/last_changes"), {"source": PIPELINE, "day": day.business_day, "table": table.name})
        last = cursor.fetchone()
    connection.commit()
    if last and json.loads(last[0])["seen"] == seen:
        return
    detail = {"seen": seen, "values": len(lines), MARK: lines[0][MARK], "first": values[:KEPT]}
    row = {
        "control_id": CONTROL,
        "business_day": day.business_day,
        "subject": table.name,
        "population_count": rows,
        "exception_count": rows,
        "outcome": "failed",
        "detail": json.dumps(detail, default=str),
    }
    append_rows("sox_compliance_log", [row], USER)
