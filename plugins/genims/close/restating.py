"""Restating closed days: two persons agree on the days and on what they become, and the former figures stay on record.

One transaction writes the new figures, and marks every later closed day whose opening rests on them as *stale opening*.
Restating those days too, in the same run of the form or in another one, rolls them forward.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from MySQLdb.connections import Connection
from MySQLdb.cursors import Cursor

from genims.audit.forms import two_persons
from genims.audit.forms.form import Form
from genims.close import figures, gate, signing
from genims.close.differences import Difference, differences
from genims.close.figures import Figures
from genims.close.gate import ClosedDay
from genims.core.clock import utc_now
from genims.core.errors import FormRefused
from genims.core.settings import settings
from genims.core.text_table import text_table
from genims.engine import closed_days

log = logging.getLogger(__name__)

ACT = "restate"
STALE = "stale_opening"
SHOWN = 200


@dataclass(frozen=True)
class Restatement:
    """What a day becomes.

    :param before: the day as it is closed.
    :param after: what the sources say of it now. A snapshot stays as it was taken: no source knows its past.
    :param differences: what differs between the two.
    """

    before: ClosedDay
    after: Figures
    differences: list[Difference]


def decide(form: Form) -> str:
    """Ask that closed days are restated, or confirm or decline it.

    :param form: with ``first_day`` and ``last_day`` as text, ``roll_forward``, ``decision`` and ``reason``.
    :returns: the step entered.
    :raises FormRefused: days are not closed, or behind the hard lock; the sources say something else by now than what
        was requested; or as for ``two_persons.decide``.
    """
    planned = plan(form)
    lines = [line for each in planned for change in each.differences for line in change.lines()]
    log.info(
        "%d days would be restated, and %d values of them become others:\n%s",
        len(planned),
        len(lines),
        text_table(lines[:SHOWN]),
    )
    return two_persons.decide(form, ACT, subject(form), _agreed(planned), {"values": len(lines)})


def carry_out(form: Form) -> None:
    """Restate what this run of the form has confirmed. A run that is cleared afterwards does nothing.

    :param form: of the confirming run.
    :raises FormRefused: the sources say something else by now than what was confirmed.
    """
    two_persons.carry_out(form, ACT, subject(form), lambda persons: _restate(form, persons))


def subject(form: Form) -> str:
    """What the two persons agree on, in words."""
    first, last = _span(form)
    return f"{first} to {last}" + (" and later days" if form.fields["roll_forward"] else "")


def plan(form: Form) -> list[Restatement]:
    """What the days that the form names would become.

    :param form: as for ``decide``.
    :raises FormRefused: a day is not closed, or behind the hard lock.
    """
    first, last = _span(form)
    lock = settings().genims_close_hard_lock
    if lock and first <= lock:
        raise FormRefused(
            f"restate {first}: expected a day after {lock}, the hard lock of GENIMS_CLOSE_HARD_LOCK. Correct it on a "
            "later day: nobody changes days up to the lock."
        )
    with gate.session() as connection:
        days = gate.closed(connection, first, date.max if form.fields["roll_forward"] else last)
        found = {day.business_day for day in days}
        if missing := [str(day) for day in gate.days_between(first, last) if day not in found]:
            raise FormRefused(f"restate: expected closed days, found open ones: {', '.join(missing)}.")
        return _planned(connection, days)


def _span(form: Form) -> tuple[date, date]:
    first = date.fromisoformat(form.fields["first_day"])
    last = date.fromisoformat(form.fields["last_day"] or form.fields["first_day"])
    if last < first:
        raise FormRefused(f"restate: expected a first day that is not after the last one, found {first} and {last}.")
    return first, last


def _planned(connection: Connection, days: list[ClosedDay]) -> list[Restatement]:
    with connection.cursor() as cursor:
        before = {day.business_day: figures.stored(cursor, day.business_day) for day in days}
    connection.commit()
    after = {day: dict(stored.rows) for day, stored in before.items()}
    found: dict[date, list[Difference]] = {day: [] for day in before}
    for table in figures.closing_tables():
        for day, rows in (figures.recomputed(table, before) or {}).items():
            found[day] += differences(table, day, before[day].rows[table.name], rows)
            after[day][table.name] = rows
    return [
        Restatement(day, Figures(day.business_day, after[day.business_day]), found[day.business_day]) for day in days
    ]


def _agreed(planned: list[Restatement]) -> dict[str, Any]:
    return {"becomes": {str(each.before.business_day): each.after.digest for each in planned}}


def _restate(form: Form, persons: str) -> None:
    first, _ = _span(form)
    with gate.session() as connection:
        [day] = gate.closed(connection, first, first)
        is_done = day.run == form.run
    if not is_done:
        planned = plan(form)
        if two_persons.agreement(ACT, subject(form), _agreed(planned)) is None:
            raise FormRefused(
                f"restate {subject(form)}: the sources say something else by now than what was confirmed. Nothing was "
                "written: request it again."
            )
        apply(planned, persons, form.run, form.fields["reason"])
    signing.sign()


def apply(planned: list[Restatement], persons: str, run: str, reason: str) -> None:
    """Write what days become, in one transaction, with the marks on later days.

    :param planned: the days.
    :param persons: who requested and who confirmed it.
    :param run: ``<dag_id>/<run_id>`` of the form.
    :param reason: why.
    :raises FormRefused: another restatement came first; nothing was written.
    """
    signing.sign()
    now = utc_now()
    with gate.session() as connection, closed_days.gate(connection), connection.cursor() as cursor:
        present = {day.business_day: day for day in gate.closed(connection)}
        for each in planned:
            day = each.before.business_day
            if present[day] != replace(each.before, to_sign=None):
                raise FormRefused(f"restate {day}: it was restated meanwhile. Nothing was written: request it anew.")
            later = _mark_stale(cursor, present, planned, day) if each.differences else []
            rows = [*_changes(each.differences, persons, reason), *later, _signed(each, persons, reason)]
            figures.write(cursor, each.after, gate.RESTATED, now)
            version, digest = each.before.version + 1, each.after.digest
            present[day] = ClosedDay(
                day, version, gate.RESTATED, now, persons[:255], run, digest, None, json.dumps(rows)
            )
            gate.put(cursor, present[day])
        connection.commit()
    log.info("%d days are restated.", len(planned))


def _mark_stale(
    cursor: Cursor, present: dict[date, ClosedDay], planned: list[Restatement], restated: date
) -> list[dict[str, Any]]:
    """Mark the later days that are not restated themselves; returns what is to be put on record of them."""
    rolled = {each.before.business_day for each in planned}
    rows = []
    for day, closed in present.items():
        if day <= restated or day in rolled or (closed.stale_since and closed.stale_since <= restated):
            continue
        present[day] = replace(closed, stale_since=restated)
        gate.put(cursor, present[day])
        rows.append(
            {
                "table": "sox_compliance_log",
                "control_id": STALE,
                "business_day": str(day),
                "subject": str(restated),
                "population_count": 1,
                "exception_count": 1,
                "outcome": "failed",
                "detail": f"Its opening rests on {restated}, which was restated. Restate it too: it is rolled forward.",
            }
        )
    return rows


def _changes(found: list[Difference], persons: str, reason: str) -> list[dict[str, Any]]:
    """The rows of ``financial_data_changes`` that keep the former figures."""
    rows = []
    for each in found:
        operation = "INSERT" if each.old is None else "DELETE" if each.new is None else "UPDATE"
        rows.append(
            {
                "table": "financial_data_changes",
                "operation": operation,
                "table_name": f"{settings().mysql_reporting_db}.{each.table}",
                "row_key": f"{each.key}"[:512],
                "changed_columns": ",".join(each.new) if operation == "UPDATE" else None,
                "old_values": json.dumps(each.old, default=str) if each.old is not None else None,
                "new_values": json.dumps(each.new, default=str) if each.new is not None else None,
                "changed_by": persons[:255],
                "reason": reason,
            }
        )
    return rows


def _signed(each: Restatement, persons: str, reason: str) -> dict[str, Any]:
    told = {
        "former_digest": each.before.digest,
        "rows_changed": len(each.differences),
        "persons": persons,
        "reason": reason,
    }
    return gate.sign_off(each.after, each.before.version + 1, gate.RESTATED, **told)
