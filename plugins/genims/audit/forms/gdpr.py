"""Requests of persons about their data (GDPR Art. 15 to 21), step by step as gdpr_data_request_log has them."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import date
from typing import Any

from dateutil.relativedelta import relativedelta
from MySQLdb.connections import Connection
from MySQLdb.cursors import DictCursor

from genims.audit.forms.form import Form, next_number
from genims.audit.forms.holds import Hold, Scope, active_holds
from genims.audit.forms.vocabulary import DECISIONS, NEXT_STEPS
from genims.audit.ledger.pipeline import PIPELINE
from genims.core.clock import utc_now
from genims.core.errors import FormRefused

log = logging.getLogger(__name__)

TABLE = "gdpr_data_request_log"

# GDPR Art. 12(3): an answer within one month of receipt, which may be extended by two further months.
TIME = relativedelta(months=1)
EXTENDED_TIME = relativedelta(months=3)

REQUEST = """
SELECT request_type, step, subject_type, subject_id, scope, received_on, due_on
FROM gdpr_data_request_log
WHERE source_database = %s AND request_id = %s
ORDER BY audit_sequence
"""


@dataclass(frozen=True)
class Request:
    """A request as it stands.

    :param steps: those that it has taken, in order.
    :param due_on: last day for an answer; None once answered.
    """

    request_id: str
    request_type: str
    subject_type: str
    subject_id: str
    scope: str
    received_on: date
    due_on: date | None
    steps: tuple[str, ...]

    @classmethod
    def find(cls, connection: Connection, request_id: str) -> Request:
        """:raises FormRefused: there is none of that number."""
        with connection.cursor(DictCursor) as cursor:
            cursor.execute(REQUEST, (PIPELINE, request_id))
            rows = cursor.fetchall()
        if not rows:
            raise FormRefused(f"Expected the number of a request, found {request_id}: there is none of that number.")
        steps = tuple(row.pop("step") for row in rows)
        return cls(request_id=request_id, steps=steps, **rows[-1])

    @property
    def state(self) -> str:
        """Its last step; an extension leaves it where it was."""
        return next(step for step in reversed(self.steps) if step != "extended")

    def columns(self) -> dict[str, Any]:
        """What each of its rows repeats."""
        repeated = ("request_type", "subject_type", "subject_id", "scope", "received_on")
        return {name: getattr(self, name) for name in repeated}

    def due_after(self, step: str) -> date | None:
        """Last day for an answer once it has taken a step."""
        if step != "extended" and not NEXT_STEPS[step]:
            return None
        return self.received_on + EXTENDED_TIME if step == "extended" else self.due_on


def receive(form: Form) -> str:
    """Enter a request that has arrived; returns its number.

    :param form: with ``request_type``, ``subject_type``, ``subject``, ``scope`` (a list), ``received_on`` (None for
        today) and ``reason``.
    :raises FormRefused: it is dated ahead.
    """
    fields = form.fields
    today = utc_now().date()
    received_on = date.fromisoformat(fields["received_on"]) if fields["received_on"] else None
    if received_on and received_on > today:
        raise FormRefused(f"Expected a day up to today, {today}, as 'Received on', found {received_on}.")
    given = {
        "step": "received",
        "request_type": fields["request_type"],
        "subject_type": fields["subject_type"],
        "subject_id": fields["subject"],
        "scope": ", ".join(fields["scope"]),
        "entered_by": form.person,
        "reason": fields["reason"],
    }
    if received_on:
        given["received_on"] = received_on

    def decide(cursor) -> dict[str, Any]:
        arrived = received_on or today
        return {
            "request_id": next_number(cursor, TABLE, "request_id", f"DSR-{utc_now():%Y}-"),
            "received_on": arrived,
            "due_on": arrived + TIME,
            "under_legal_hold": bool(_holds_on(cursor.connection, given["scope"], given["subject_id"])),
        }

    row = form.enter(TABLE, given, decide)
    log.info("%s: %s, to be answered by %s.", row["request_id"], row["request_type"], row["due_on"])
    return row["request_id"]


def take_step(form: Form) -> str:
    """Enter the next step of a request; returns the step.

    :param form: with ``request``, its number, one of REQUEST_STEPS as ``step``, ``legal_basis``, which only DECISIONS
        have, and ``reason``.
    :raises FormRefused: there is no such request, or it may not take that step: now, or under a legal hold.
    """
    fields = form.fields
    step, legal_basis, request_id = fields["step"], fields["legal_basis"], fields["request"]
    if (step in DECISIONS) != bool(legal_basis):
        expected = "a legal basis, such as GDPR Art. 17(3)(e)" if step in DECISIONS else "no legal basis"
        raise FormRefused(f"{request_id}: expected {expected} with the step {step}, found {legal_basis or 'none'}.")
    given = {"request_id": request_id, "step": step, "legal_basis": legal_basis, "entered_by": form.person}
    given["reason"] = fields["reason"]

    def decide(cursor) -> dict[str, Any]:
        request = Request.find(cursor.connection, request_id)
        holds = _holds_on(cursor.connection, request.scope, request.subject_id)
        _check_step(request, step, holds)
        return request.columns() | {"due_on": request.due_after(step), "under_legal_hold": bool(holds)}

    row = form.enter(TABLE, given, decide)
    log.info("%s: %s%s.", request_id, step, f", to be answered by {row['due_on']}" if row["due_on"] else "")
    return step


def _check_step(request: Request, step: str, holds: list[Hold]) -> None:
    name = f"{request.request_id} ({request.request_type})"
    allowed = NEXT_STEPS[request.state]
    if not allowed:
        raise FormRefused(f"{name} has been {request.state} already: nothing may follow.")
    if step not in allowed:
        raise FormRefused(f"{name} is {request.state}: expected one of {', '.join(allowed)} to follow, found {step}.")
    if step == "extended" and "extended" in request.steps:
        raise FormRefused(f"{name} was extended already, to {request.due_on}: GDPR Art. 12(3) allows it once.")
    if step == "extended" and utc_now().date() > request.due_on:
        raise FormRefused(f"{name} was due on {request.due_on}: GDPR Art. 12(3) allows to extend it until then.")
    if holds and request.request_type == "erasure" and step in ("accepted", "fulfilled"):
        raise FormRefused(
            f"{name}: expected no legal hold on the data to be erased, found {', '.join(map(str, holds))}. Refuse it "
            "(GDPR Art. 17(3)(e)), or have the hold released first."
        )


def _holds_on(connection: Connection, scope: str, subject_id: str) -> list[Hold]:
    """The active holds on a person's data.

    A hold on a row of another key in the same tables may be about the person too, which nobody can tell from the key:
    these are named in the log.
    """
    found = {}
    for place in scope.split(", "):
        database, _, table = place.partition(".")
        for hold in active_holds(connection, Scope(database, table or None)):
            found[hold.hold_id] = hold
    on_person = [hold for hold in found.values() if hold.scope.key in (None, subject_id)]
    for hold in found.values():
        if hold not in on_person:
            log.warning("%s holds a row of the same tables: make sure that it is not one of this person.", hold)
    return on_person
