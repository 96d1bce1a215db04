"""Acts that take two persons: one requests, another confirms or declines, and what is confirmed is done once.

``approval_audit_log`` holds their steps. A form for such an act calls ``decide``; a job that acts asks ``agreement``
before, or lets ``carry_out`` act.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from contextlib import closing
from typing import Any

from MySQLdb.cursors import Cursor

from genims.audit.forms.form import Form
from genims.audit.forms.vocabulary import TWO_PERSON_STEPS
from genims.audit.ledger.decisions import APPROVALS, Decision, last_decision
from genims.audit.ledger.pipeline import append_rows
from genims.core import connections
from genims.core.clock import utc_now
from genims.core.errors import FormRefused
from genims.hooks.mysql import GenimsMySqlHook

log = logging.getLogger(__name__)

DONE = "carried_out"


def decide(form: Form, act: str, subject: str, agreed: dict[str, Any], noted: dict[str, Any] | None = None) -> str:
    """Enter a request for an act, or another person's decision on it.

    :param form: with a key of TWO_PERSON_STEPS as ``decision``, and ``reason``.
    :param act: what is to be done, a word such as ``source_moved``.
    :param subject: to what, such as a source database. Only one request for it is open at a time.
    :param agreed: what exactly is to be done. Who confirms must find the same as who requested.
    :param noted: what is put on record beside it, as it is at this step.
    :returns: the step entered.
    :raises FormRefused: the decision does not fit the last step, what is agreed differs from what was requested, the
        person who confirms is the one who asked, or the run has entered something else before.
    :raises EvidenceError: the last step is not as it was written.
    :raises SourceBusy: another task has kept the ledger of the pipeline for too long.
    """
    decision, name = form.fields["decision"], f"{act} {subject}"
    given = {
        "document_type": act,
        "document_id": subject,
        "step": TWO_PERSON_STEPS[decision],
        "decided_by": form.person,
    }

    def complete(cursor: Cursor) -> dict[str, Any]:
        last = last_decision(cursor.connection, act, subject)
        is_open = last is not None and last.step == TWO_PERSON_STEPS["request"]
        detail = agreed | (noted or {}) | {"reason": form.fields["reason"]}
        decided = {"decided_at": utc_now(), "detail": json.dumps(detail)}
        if decision == "request":
            if is_open:
                raise FormRefused(
                    f"{name}: {last.person} has asked for it on {last.at:%Y-%m-%d}. Another person confirms or "
                    "declines."
                )
            return decided | {"requested_by": None}
        if not is_open:
            raise FormRefused(f"{name}: nobody has asked for it. Choose 'request'; another person then confirms.")
        if decision == "confirm":
            _check_confirmation(name, last, agreed, form.person)
        return decided | {"requested_by": last.person}

    row = form.enter(APPROVALS, given, complete)
    log.info("%s: %s by %s.", name, row["step"], form.person)
    return row["step"]


def agreement(act: str, subject: str, agreed: dict[str, Any]) -> Decision | None:
    """The confirmation of an act, if it was decided last and covers exactly what is to be done; else None.

    :param act: what kind of act it is, the ``document_type`` of its rows.
    :param subject: what it is done to, such as a source.
    :param agreed: what exactly is to be done, as the request said it.
    :raises EvidenceError: the last step is not as it was written.
    """
    last = _last(act, subject)
    if last is None or last.step != TWO_PERSON_STEPS["confirm"]:
        return None
    return last if all(last.detail.get(key) == value for key, value in agreed.items()) else None


def carry_out(form: Form, act: str, subject: str, work: Callable[[str], None]) -> None:
    """Do what this run of the form has confirmed, and put on record that it is done.

    A run that is cleared afterwards does nothing: each confirmation serves once. One that is interrupted goes on.

    :param form: of the confirming run.
    :param act: what kind of act it is, the ``document_type`` of its rows.
    :param subject: what it is done to, such as a source.
    :param work: does it; gets the names of the two persons. Doing it twice must be the same as once.
    :raises EvidenceError: the last step is not as it was written.
    """
    last = _last(act, subject)
    if last is None or last.run != form.run or last.step != TWO_PERSON_STEPS["confirm"]:
        log.info("%s %s: there is nothing to do: this was carried out, or decided anew.", act, subject)
        return
    work(last.persons)
    put_on_record(act, subject, {}, form.person)


def put_on_record(act: str, subject: str, detail: dict[str, Any], person: str) -> None:
    """Enter that an act is done.

    :param act: what kind of act it is, the ``document_type`` of its rows.
    :param subject: what it was done to, such as a source.
    :param detail: what exactly was done.
    :param person: who has the last word in it.
    """
    row = {"document_type": act, "document_id": subject, "step": DONE, "decided_by": person, "decided_at": utc_now()}
    append_rows(APPROVALS, [row | {"detail": json.dumps(detail)}], person)


def _last(act: str, subject: str) -> Decision | None:
    with closing(GenimsMySqlHook(connections.AUDIT).get_conn()) as connection:
        return last_decision(connection, act, subject)


def _check_confirmation(name: str, requested: Decision, agreed: dict[str, Any], person: str) -> None:
    if requested.person.casefold() == person.casefold():
        raise FormRefused(
            f"{name}: {person} has asked for it, so another person must confirm it: nobody does it alone."
        )
    if differing := {key: value for key, value in agreed.items() if requested.detail[key] != value}:
        raise FormRefused(
            f"{name}: expected what {requested.person} has asked for, {requested.detail}, found {differing}. Decline "
            "it, and request it again."
        )
