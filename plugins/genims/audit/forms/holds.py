"""Legal holds: which audit rows must not be destroyed. ``legal_hold_tracking`` holds them step by step."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import date
from typing import Any

from MySQLdb.connections import Connection
from MySQLdb.cursors import DictCursor

from genims.audit.forms.form import Form, next_number
from genims.audit.forms.vocabulary import RELEASE_STEPS
from genims.core.clock import utc_now
from genims.core.errors import FormRefused
from genims.core.paths import sql

log = logging.getLogger(__name__)

LEGAL_HOLDS = "legal_hold_tracking"


@dataclass(frozen=True)
class Scope:
    """A set of audit rows. None as a value sets no limit.

    :param database: short name of the source database, or ``pipeline``.
    :param table: source table, of any database where ``database`` is None.
    :param key: primary key of the source row, as text.
    :param first_day: first day (UTC) of the rows' ``audit_timestamp``.
    :param last_day: last day (UTC), included.
    """

    database: str | None = None
    table: str | None = None
    key: str | None = None
    first_day: date | None = None
    last_day: date | None = None

    def overlaps(self, other: Scope) -> bool:
        """Whether a row may be in both scopes."""
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
    """A legal hold after its last step.

    :param hold_id: its number, such as LH-2026-0004.
    :param matter: the case that it serves.
    :param custodian: who answers for it.
    :param scope: the audit rows that it covers.
    :param step: its last step: ``set``, ``release_requested``, ``release_declined`` or ``released``.
    :param entered_by: who entered that step.
    :param since: the day (UTC) on which that step was entered.
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
        """The hold whose last step is a row of ``legal_hold_tracking``, given as values by column."""
        columns = ("scope_database", "scope_table", "scope_key", "scope_from", "scope_to")
        scope = Scope(*(row[name] for name in columns))
        who = (row["step"], row["entered_by"], row["audit_timestamp"].date())
        return cls(row["hold_id"], row["matter"], row["custodian"], scope, *who)

    @property
    def is_active(self) -> bool:
        return self.step != "released"

    @property
    def repeated_columns(self) -> dict[str, Any]:
        """The values by column that each of its rows repeats."""
        return {"matter": self.matter, "custodian": self.custodian, **scope_columns(self.scope)}

    def __str__(self) -> str:
        return f"{self.hold_id} ({self.matter}; {self.scope})"


def active_holds(connection: Connection, scope: Scope) -> list[Hold]:
    """The holds that forbid destroying all or some of the rows in a scope.

    Call it inside ``genims.audit.ledger.pipeline.pipeline_ledger()``, with its connection: no hold can be set
    meanwhile.

    :param connection: a session that may read the audit tables.
    :param scope: the rows to be destroyed.
    :returns: the active holds, in the order in which they were set.
    """
    holds = _read_holds(connection).values()
    return [hold for hold in holds if hold.is_active and hold.scope.overlaps(scope)]


def place(form: Form) -> str:
    """Set a hold.

    :param form: with ``matter``, ``custodian``, ``reason`` and the scope: ``database``, ``table``, ``key``, ``from``
        and ``to`` (ISO dates), each None where it sets no limit.
    :returns: the number of the hold.
    :raises FormRefused: the days are in the wrong order, or the run has entered another hold before.
    :raises SourceBusy: another task has kept the ledger of the pipeline for too long.
    """
    fields = form.fields
    first, last = (date.fromisoformat(fields[name]) if fields[name] else None for name in ("from", "to"))
    if _is_after(first, last):
        raise FormRefused(f"Expected 'Held: first day' not to be after 'Held: last day', found {first} and {last}.")
    scope = Scope(fields["database"], fields["table"], fields["key"], first, last)
    given = {"matter": fields["matter"], "custodian": fields["custodian"], **scope_columns(scope)}
    given |= {"step": "set", "entered_by": form.person, "reason": fields["reason"]}

    row = form.enter(LEGAL_HOLDS, given, lambda cursor: {"hold_id": _next_hold_number(cursor)})
    log.info("%s is set by %s and covers %s.", row["hold_id"], form.person, scope)
    return row["hold_id"]


def release(form: Form) -> str:
    """Ask for the release of a hold, confirm it as another person, or decline it.

    :param form: with the number of the ``hold``, a key of RELEASE_STEPS as ``decision``, and ``reason``.
    :returns: the step entered.
    :raises FormRefused: the hold is unknown or released, the decision does not fit its last step, the person who
        confirms is the one who asked, or the run has entered something else before.
    :raises SourceBusy: another task has kept the ledger of the pipeline for too long.
    """
    decision, hold_id = form.fields["decision"], form.fields["hold"]
    step = RELEASE_STEPS[decision]
    given = {"hold_id": hold_id, "step": step, "entered_by": form.person, "reason": form.fields["reason"]}

    def decide(cursor) -> dict[str, Any]:
        hold = _read_holds(cursor.connection).get(hold_id)
        _check_release(hold, hold_id, decision, form.person)
        return hold.repeated_columns | {"requested_by": None if decision == "request" else hold.entered_by}

    form.enter(LEGAL_HOLDS, given, decide)
    log.info("%s: %s by %s.", hold_id, step, form.person)
    return step


def scope_columns(scope: Scope) -> dict[str, Any]:
    """A scope as values by column of ``legal_hold_tracking``."""
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
    if not hold.is_active:
        raise FormRefused(f"{hold} was released on {hold.since} by {hold.entered_by}: there is nothing left to do.")
    awaits_decision = hold.step == "release_requested"
    if decision == "request" and awaits_decision:
        raise FormRefused(
            f"{hold}: {hold.entered_by} has asked for its release on {hold.since}. Another person confirms or declines."
        )
    if decision != "request" and not awaits_decision:
        raise FormRefused(f"{hold}: nobody has asked for its release. Choose 'request'; another person then confirms.")
    if decision == "confirm" and hold.entered_by.casefold() == person.casefold():
        raise FormRefused(
            f"{hold}: {person} has asked for its release, so another person must confirm it: nobody releases alone."
        )


def _read_holds(connection: Connection) -> dict[str, Hold]:
    with connection.cursor(DictCursor) as cursor:
        cursor.execute(sql("audit/forms/legal_holds"))
        return {row["hold_id"]: Hold.of_row(row) for row in cursor.fetchall()}


def _next_hold_number(cursor) -> str:
    return next_number(cursor, LEGAL_HOLDS, "hold_id", f"LH-{utc_now():%Y}-")


def _is_after(day: date | None, other: date | None) -> bool:
    return day is not None and other is not None and day > other
