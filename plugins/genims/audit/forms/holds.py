"""Legal holds: what must not be destroyed, step by step as legal_hold_tracking has it, and which holds are active."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import date
from typing import Any

from MySQLdb.connections import Connection
from MySQLdb.cursors import DictCursor

from genims.audit.forms.form import Form, next_number
from genims.audit.forms.vocabulary import RELEASE_STEPS
from genims.audit.ledger.pipeline import PIPELINE
from genims.core.clock import utc_now
from genims.core.errors import FormRefused

log = logging.getLogger(__name__)

TABLE = "legal_hold_tracking"

# Every row of a hold repeats what it covers, so its last one says all.
REGISTER = """
SELECT
    hold_id, step, matter, custodian, scope_database, scope_table, scope_key, scope_from, scope_to, entered_by,
    audit_timestamp
FROM legal_hold_tracking
WHERE source_database = %s
ORDER BY audit_sequence
"""


@dataclass(frozen=True)
class Scope:
    """Some audit rows; what is None is not limited.

    :param database: short name of the source database, or ``pipeline``.
    :param table: source table, in whichever database where none is named.
    :param key: primary key of the row as text.
    :param first_day: first day (UTC) on which they were written down, ``audit_timestamp``.
    :param last_day: last day, included.
    """

    database: str | None = None
    table: str | None = None
    key: str | None = None
    first_day: date | None = None
    last_day: date | None = None

    def overlaps(self, other: Scope) -> bool:
        """Whether a row may be in both."""
        names = ((self.database, other.database), (self.table, other.table), (self.key, other.key))
        return (
            all(None in pair or pair[0] == pair[1] for pair in names)
            and not _is_after(self.first_day, other.last_day)
            and not _is_after(other.first_day, self.last_day)
        )

    def __str__(self) -> str:
        rows = f"{self.database or 'all databases'}, {self.table or 'all tables'}, {self.key or 'all rows'}"
        return f"{rows}, {self.first_day or 'the beginning'} to {self.last_day or 'no end'}"


@dataclass(frozen=True)
class Hold:
    """A legal hold as it stands.

    :param step: the last of its steps; it is active until that is ``released``.
    :param entered_by: who entered that step.
    :param since: when, UTC.
    """

    hold_id: str
    matter: str
    custodian: str
    scope: Scope
    step: str
    entered_by: str
    since: date

    @classmethod
    def of_row(cls, row: dict[str, Any]) -> Hold:
        columns = ("scope_database", "scope_table", "scope_key", "scope_from", "scope_to")
        scope = Scope(*(row[name] for name in columns))
        who = (row["step"], row["entered_by"], row["audit_timestamp"].date())
        return cls(row["hold_id"], row["matter"], row["custodian"], scope, *who)

    def columns(self) -> dict[str, Any]:
        """What each of its rows repeats."""
        return {"matter": self.matter, "custodian": self.custodian, **scope_columns(self.scope)}

    def __str__(self) -> str:
        return f"{self.hold_id} ({self.matter}; {self.scope})"


def active_holds(connection: Connection, scope: Scope) -> list[Hold]:
    """The holds that forbid to destroy some rows, or a part of them.

    Ask inside ``genims.audit.ledger.pipeline.pipeline_ledger()``, with its connection: no hold can be set meanwhile.

    :param connection: a session that may read the audit tables.
    :param scope: the rows that are to be destroyed.
    """
    holds = _holds(connection).values()
    return [hold for hold in holds if hold.step != "released" and hold.scope.overlaps(scope)]


def place(form: Form) -> str:
    """Set a hold; returns its number.

    :param form: with ``matter``, ``custodian``, ``reason`` and the scope: ``database``, ``table``, ``key``, ``from``
        and ``to``, each None where it does not limit.
    :raises FormRefused: the days are in the wrong order.
    """
    fields = form.fields
    first, last = (date.fromisoformat(fields[name]) if fields[name] else None for name in ("from", "to"))
    if _is_after(first, last):
        raise FormRefused(f"Expected 'Held: first day' not to be after 'Held: last day', found {first} and {last}.")
    scope = Scope(fields["database"], fields["table"], fields["key"], first, last)
    given = {"matter": fields["matter"], "custodian": fields["custodian"], **scope_columns(scope)}
    given |= {"step": "set", "entered_by": form.person, "reason": fields["reason"]}

    row = form.enter(TABLE, given, lambda cursor: {"hold_id": _new_number(cursor)})
    log.info("%s is set by %s and covers %s.", row["hold_id"], form.person, scope)
    return row["hold_id"]


def release(form: Form) -> str:
    """Ask for the release of a hold, confirm it as another person, or decline it; returns the step.

    :param form: with ``hold``, its number, one of RELEASE_STEPS' keys as ``decision``, and ``reason``.
    :raises FormRefused: there is no such hold, it is released, the decision does not fit where it stands, or the one
        who confirms has asked himself.
    """
    decision, hold_id = form.fields["decision"], form.fields["hold"]
    step = RELEASE_STEPS[decision]
    given = {"hold_id": hold_id, "step": step, "entered_by": form.person, "reason": form.fields["reason"]}

    def decide(cursor) -> dict[str, Any]:
        hold = _holds(cursor.connection).get(hold_id)
        _check_release(hold, hold_id, decision, form.person)
        return hold.columns() | {"requested_by": None if decision == "request" else hold.entered_by}

    form.enter(TABLE, given, decide)
    log.info("%s: %s by %s.", hold_id, step, form.person)
    return step


def scope_columns(scope: Scope) -> dict[str, Any]:
    """A scope as the columns of the register."""
    return {
        "scope_database": scope.database,
        "scope_table": scope.table,
        "scope_key": scope.key,
        "scope_from": scope.first_day,
        "scope_to": scope.last_day,
    }


def _check_release(hold: Hold | None, hold_id: str, decision: str, person: str) -> None:
    if hold is None:
        raise FormRefused(f"Expected the number of a legal hold, found {hold_id}: there is none of that number.")
    if hold.step == "released":
        raise FormRefused(f"{hold} was released on {hold.since} by {hold.entered_by}: there is nothing left to do.")
    is_requested = hold.step == "release_requested"
    if decision == "request" and is_requested:
        raise FormRefused(
            f"{hold}: {hold.entered_by} has asked for its release on {hold.since}. Another person confirms or declines."
        )
    if decision != "request" and not is_requested:
        raise FormRefused(f"{hold}: nobody has asked for its release. Choose 'request'; another person then confirms.")
    if decision == "confirm" and hold.entered_by.casefold() == person.casefold():
        raise FormRefused(
            f"{hold}: {person} has asked for its release, so another person must confirm it: nobody releases alone."
        )


def _holds(connection: Connection) -> dict[str, Hold]:
    with connection.cursor(DictCursor) as cursor:
        cursor.execute(REGISTER, (PIPELINE,))
        return {row["hold_id"]: Hold.of_row(row) for row in cursor.fetchall()}


def _new_number(cursor) -> str:
    return next_number(cursor, TABLE, "hold_id", f"LH-{utc_now():%Y}-")


def _is_after(day: date | None, other: date | None) -> bool:
    return day is not None and other is not None and day > other
