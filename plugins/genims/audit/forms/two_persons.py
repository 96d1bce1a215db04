"""Acts that take two persons: one requests, another confirms or declines.

``approval_audit_log`` holds their steps. A form for such an act calls ``decide``; the job that acts reads the last one.
"""

from __future__ import annotations

import json
import logging
from typing import Any

from MySQLdb.cursors import Cursor

from genims.audit.forms.form import Form
from genims.audit.forms.vocabulary import TWO_PERSON_STEPS
from genims.core.clock import utc_now
from genims.core.errors import FormRefused
from genims.core.paths import sql

log = logging.getLogger(__name__)

APPROVALS = "approval_audit_log"


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
        cursor.execute(sql("audit/forms/last_decision"), {"act": act, "subject": subject})
        last = cursor.fetchone()
        is_open = last is not None and last["step"] == "requested"
        detail = agreed | (noted or {}) | {"reason": form.fields["reason"]}
        decided = {"decided_at": utc_now(), "detail": json.dumps(detail)}
        if decision == "request":
            if is_open:
                raise FormRefused(
                    f"{name}: {last['decided_by']} has asked for it on {last['decided_at']:%Y-%m-%d}. Another "
                    "person confirms or declines."
                )
            return decided | {"requested_by": None}
        if not is_open:
            raise FormRefused(f"{name}: nobody has asked for it. Choose 'request'; another person then confirms.")
        if decision == "confirm":
            _check_confirmation(name, last, agreed, form.person)
        return decided | {"requested_by": last["requested_by"] or last["decided_by"]}

    row = form.enter(APPROVALS, given, complete)
    log.info("%s: %s by %s.", name, row["step"], form.person)
    return row["step"]


def _check_confirmation(name: str, requested: dict[str, Any], agreed: dict[str, Any], person: str) -> None:
    if requested["decided_by"].casefold() == person.casefold():
        raise FormRefused(
            f"{name}: {person} has asked for it, so another person must confirm it: nobody does it alone."
        )
    asked = json.loads(requested["detail"])
    if differing := {key: value for key, value in agreed.items() if asked[key] != value}:
        raise FormRefused(
            f"{name}: expected what {requested['decided_by']} has asked for, {asked}, found {differing}. Decline "
            "it, and request it again."
        )
