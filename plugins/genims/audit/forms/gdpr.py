"""Requests of persons about their data (GDPR Art. 15 to 21). ``gdpr_data_request_log`` holds them step by step."""

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
from genims.core.clock import utc_now
from genims.core.errors import FormRefused
from genims.core.paths import sql

log = logging.getLogger(__name__)

GDPR_REQUESTS = "gdpr_data_request_log"

# GDPR Art. 12(3): an answer is due within one month of receipt, which may be extended by two further months.
TIME_TO_ANSWER = relativedelta(months=1)
EXTENDED_TIME_TO_ANSWER = relativedelta(months=3)


@dataclass(frozen=True)
class Request:
    """A request after its last step.

    :param request_id: its number, such as DSR-2026-0012.
    :param request_type: one of REQUEST_TYPES.
    :param subject_type: one of SUBJECT_TYPES.
    :param subject_id: the person's primary key in the source.
    :param scope: source databases, such as ``hr``, and tables, such as ``hr.employees``, separated by a comma and a
        space.
    :param received_on: the day on which it arrived.
    :param due_on: last day for the answer (GDPR Art. 12(3)); None once answered.
    :param steps: the steps that it has taken, in order.
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
        """The request of a number.

        :param connection: a session that may read the audit tables.
        :raises FormRefused: no request has that number.
        """
        with connection.cursor(DictCursor) as cursor:
            cursor.execute(sql("audit/forms/gdpr_request"), {"request_id": request_id})
            rows = cursor.fetchall()
        if not rows:
            raise FormRefused(f"Expected the number of a request, found {request_id}: there is none of that number.")
        steps = tuple(row.pop("step") for row in rows)
        return cls(request_id=request_id, steps=steps, **rows[-1])

    @property
    def state(self) -> str:
        """Its last step other than an extension, which leaves the state unchanged."""
        return next(step for step in reversed(self.steps) if step != "extended")

    @property
    def repeated_columns(self) -> dict[str, Any]:
        """The values by column that each of its rows repeats."""
        repeated = ("request_type", "subject_type", "subject_id", "scope", "received_on")
        return {name: getattr(self, name) for name in repeated}

    def due_after(self, step: str) -> date | None:
        """Last day for the answer after one more step; None if that step is the answer.

        The time is that of GDPR Art. 12(3): an extended request is due three months after receipt.
        """
        if step != "extended" and not NEXT_STEPS[step]:
            return None
        return self.received_on + EXTENDED_TIME_TO_ANSWER if step == "extended" else self.due_on


def receive(form: Form) -> str:
    """Enter a request that has arrived. The answer is due one month after its arrival (GDPR Art. 12(3)).

    :param form: with ``request_type``, ``subject_type``, ``subject`` (the person's primary key), ``scope`` (a list of
        databases and tables), ``received_on`` (ISO date; None for today, UTC) and ``reason``.
    :returns: the number of the request.
    :raises FormRefused: it is dated ahead, or the run has entered another request before.
    :raises SourceBusy: another task has kept the ledger of the pipeline for too long.
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
            "request_id": next_number(cursor, GDPR_REQUESTS, "request_id", f"DSR-{utc_now():%Y}-"),
            "received_on": arrived,
            "due_on": arrived + TIME_TO_ANSWER,
            "under_legal_hold": bool(_holds_on(cursor.connection, given["scope"], given["subject_id"])),
        }

    row = form.enter(GDPR_REQUESTS, given, decide)
    log.info("%s: %s, to be answered by %s.", row["request_id"], row["request_type"], row["due_on"])
    return row["request_id"]


def take_step(form: Form) -> str:
    """Enter the next step of a request.

    An extension is allowed once and until the request is due (GDPR Art. 12(3)). Data under a legal hold may not be
    erased (Art. 17(3)(e)).

    :param form: with the number of the ``request``, one of REQUEST_STEPS as ``step``, ``legal_basis`` (text for a step
        of DECISIONS, otherwise None), and ``reason``.
    :returns: the step entered.
    :raises FormRefused: the request is unknown, the step may not follow its last one, a legal hold forbids the step,
        the legal basis is missing or out of place, or the run has entered something else before.
    :raises SourceBusy: another task has kept the ledger of the pipeline for too long.
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
        return request.repeated_columns | {"due_on": request.due_after(step), "under_legal_hold": bool(holds)}

    row = form.enter(GDPR_REQUESTS, given, decide)
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

    A hold on another row of the same tables may concern the person too, which its key does not tell: such holds are
    named in the log.
    """
    found = {}
    for place in scope.split(", "):
        database, _, table = place.partition(".")
        for hold in active_holds(connection, Scope(database, table or None)):
            found[hold.hold_id] = hold
    on_person = [hold for hold in found.values() if hold.scope.key in (None, subject_id)]
    for hold in found.values():
        if hold not in on_person:
            log.warning("%s holds a row of the same tables: make sure that the row is not about this person.", hold)
    return on_person
