"""The close of a month: a checklist with evidence, the approval of a person who prepared nothing, the auditors' pack.

The chained row decides that a month is approved, never the state of a task. It holds the digest of the checklist, so a
month of which a day is restated afterwards is no longer approved.
"""

from __future__ import annotations

import json
import logging
from contextlib import closing
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256
from typing import Any

from MySQLdb.connections import Connection
from MySQLdb.cursors import DictCursor

from genims.audit.evidence.anchor_store import AnchorStore
from genims.audit.ledger.decisions import APPROVALS, last_decision
from genims.audit.ledger.pipeline import append_rows, pipeline_event, pipeline_ledger
from genims.close import changes, gate, restating, signing
from genims.close.gate import ClosedDay
from genims.close.signing import USER
from genims.core import connections
from genims.core.clock import business_day, utc_now, utc_start_of
from genims.core.errors import BlobExists, CloseBlocked, DayNotClosed, EvidenceError, FormRefused
from genims.core.paths import sql
from genims.core.settings import settings
from genims.core.text_table import text_table
from genims.engine.source_query import SourceQuery
from genims.engine.window import Window, first_of_next_month
from genims.hooks.mysql import GenimsMySqlHook
from genims.hooks.sources import SourcesHook
from genims.reporting.rendered import TEMPLATES

log = logging.getLogger(__name__)

ACT = "period_close"
APPROVED, REJECTED = "approved", "rejected"


@dataclass(frozen=True)
class Item:
    """A line of the checklist.

    :param name: what was looked at.
    :param state: ``done``, ``report`` or ``blocks``.
    :param found: what was found, in words.
    :param evidence: SHA-256 over what it rests on, in hexadecimal.
    """

    name: str
    state: str
    found: str
    evidence: str


def month_of(text: str | None) -> Window:
    """The days of a month.

    :param text: such as 2026-11; None for the month before the present one.
    """
    today = business_day()
    first = date.fromisoformat(f"{text}-01") if text else (today.replace(day=1) - timedelta(days=1)).replace(day=1)
    return Window(first, first_of_next_month(first), today)


def checklist(month: Window) -> list[Item]:
    """What must be done before a month is approved, with evidence of each.

    :param month: its days.
    :raises DayNotClosed: days of the month that are kept are not closed.
    :raises EvidenceError: closed days are not what was signed.
    """
    with gate.session() as reporting, closing(GenimsMySqlHook(connections.AUDIT).get_conn()) as audit:
        days = _closed_days(reporting, month)
        gate.require_as_closed(reporting, days)
        signing.require_signed(audit, days)
        outcomes = _outcomes(audit, month)
    stale = [day for day in days if day.stale_since]
    failed = [row for row in outcomes if row["outcome"] == "failed"]
    changed = [row for row in failed if row["control_id"] == changes.CONTROL]
    broken = [row for row in failed if row["control_id"] not in (changes.CONTROL, restating.STALE)]
    lacking = [row for row in outcomes if row["outcome"] == "not_run"]
    return [
        Item("days closed and signed", "done", f"{len(days)} days", _hash([(day.version, day.digest) for day in days])),
        Item("openings", "blocks" if stale else "done", _days(stale), _hash([day.stale_since for day in days])),
        _item("controls that did not run", "blocks", lacking),
        _item("controls that failed", "report", broken),
        _item("changes after the close", "report", changed),
    ]


def _closed_days(connection: Connection, month: Window) -> list[ClosedDay]:
    last = month.end - gate.A_DAY
    days = gate.closed(connection, month.start, last)
    first = days[0].business_day if days else month.start
    found = {day.business_day for day in days}
    if missing := [str(day) for day in gate.days_between(first, last) if day not in found]:
        raise DayNotClosed(
            f"{month}: expected closed days, found open ones: {', '.join(missing)}. See financial_close."
        )
    return days


def _outcomes(connection: Connection, month: Window) -> list[dict[str, Any]]:
    with connection.cursor(DictCursor) as cursor:
        cursor.execute(sql("close/outcomes_of_month"), {"first": month.start, "last": month.end - gate.A_DAY})
        rows = list(cursor.fetchall())
    connection.commit()
    return rows


def _item(name: str, level: str, rows: list[dict[str, Any]]) -> Item:
    found = ", ".join(sorted({f"{row['control_id']} ({row['subject']})" for row in rows}))
    return Item(name, level if rows else "done", f"{len(rows)}: {found}" if rows else "none", _hash(rows))


def _days(days: list[ClosedDay]) -> str:
    return ", ".join(f"{day.business_day} is stale since {day.stale_since}" for day in days) or "right"


def _hash(value: object) -> str:
    return sha256(json.dumps(value, default=str, sort_keys=True).encode()).hexdigest()


def digest(items: list[Item]) -> str:
    """SHA-256 of a checklist: what is approved."""
    return _hash([vars(item) for item in items])


def as_table(items: list[Item]) -> str:
    """The checklist as a table to read."""
    return text_table([vars(item) for item in items])


def require_ready(month: Window) -> list[Item]:
    """The checklist of a month, if nothing blocks its approval.

    :param month: its days.
    :raises CloseBlocked: something does; the message is the checklist.
    """
    items = checklist(month)
    log.info("Checklist of %s:\n%s", month, as_table(items))
    if any(item.state == "blocks" for item in items):
        raise CloseBlocked(f"The close of {month} is blocked:\n{as_table(items)}\nMend it, then clear this task.")
    return items


def preparers(month: Window, triggered_by: str | None) -> set[str]:
    """Who may not approve a month: who posted or changed its manual journals, restated a day, or triggered the run.

    :param month: its days.
    :param triggered_by: the signed-in user who triggered the run; None for one by schedule.
    :returns: their names in lower case.
    """
    query = SourceQuery(TEMPLATES.get_template("close/preparers.sql").render(window=month))
    with SourcesHook().open(("erp", "financial")) as duck:
        found = {name for (name,) in duck.execute(query.sent({})).fetchall()}
    with closing(GenimsMySqlHook(connections.AUDIT).get_conn()) as audit, audit.cursor() as cursor:
        cursor.execute(sql("close/changers"), {"since": utc_start_of(month.start), "month": f"{month.start:%Y-%m}"})
        found |= {name for (name,) in cursor.fetchall()}
    with gate.session() as connection:
        for day in gate.closed(connection, month.start, month.end - gate.A_DAY):
            if day.state == gate.RESTATED:
                words = day.closed_by.removeprefix("requested by ").split(", confirmed by ")
                found |= set(words)
    return {name.casefold() for name in found | {triggered_by or ""} if name}


def approvers(month: Window, triggered_by: str | None) -> list[dict[str, str]]:
    """Who may approve a month: GENIMS_CLOSE_APPROVERS less its preparers, as Airflow takes them.

    :param month: its days.
    :param triggered_by: as for ``preparers``.
    :raises FormRefused: nobody is left.
    """
    excluded = preparers(month, triggered_by)
    pairs = [each.strip().partition("=") for each in settings().genims_close_approvers.split(",") if each.strip()]
    left = [{"name": name, "id": number or name} for name, _, number in pairs if name.casefold() not in excluded]
    if not left:
        raise FormRefused(
            f"{month}: expected somebody in GENIMS_CLOSE_APPROVERS who did not prepare the month, found nobody in "
            f"{[name for name, *_ in pairs]}; who prepared it: {sorted(excluded)}. Add an approver, then clear this "
            "task."
        )
    return left


def decide(month: Window, person: str, decision: str, comment: str, run: str, triggered_by: str | None) -> None:
    """Put the decision of a person on record.

    :param month: its days.
    :param person: the name of the Airflow user who has answered.
    :param decision: approved or rejected.
    :param comment: what they say of it.
    :param run: ``<dag_id>/<run_id>``.
    :param triggered_by: as for ``preparers``.
    :raises FormRefused: the person is no approver, or prepared the month; nothing was written.
    :raises CloseBlocked: something blocks the approval by now.
    """
    if person.casefold() not in {each["name"].casefold() for each in approvers(month, triggered_by)}:
        raise FormRefused(f"{month}: {person} may not decide on it: no approver, or somebody who prepared it.")
    items = require_ready(month) if decision == APPROVED else checklist(month)
    told = {"comment": comment, "checklist": digest(items)}
    name = f"{month.start:%Y-%m}"
    rows = [
        (
            APPROVALS,
            {
                "document_type": ACT,
                "document_id": name,
                "step": decision,
                "decided_by": person,
                "decided_at": utc_now(),
                "detail": json.dumps(told),
            },
        )
    ]
    if decision == APPROVED:
        rows.append(("sox_compliance_log", _record(month, ACT, len(items), told | {"items": [vars(i) for i in items]})))
    details = {"app_user": person, "request_id": run[:255], "reason": comment or None}
    with pipeline_ledger() as ledger:
        ledger.append([pipeline_event(table, row, person, **details) for table, row in rows], seal=True)


def require_approved(month: Window) -> dict[str, Any]:
    """The approval of a month, as the chained record has it.

    :param month: its days.
    :returns: who approved it, when, and what was told.
    :raises EvidenceError: nobody has approved it, or it has changed since.
    """
    with closing(GenimsMySqlHook(connections.AUDIT).get_conn()) as audit:
        last = last_decision(audit, ACT, f"{month.start:%Y-%m}")
    if last is None or last.step != APPROVED:
        raise EvidenceError(
            f"{month}: expected an approval on the chained record, found {last.step if last else 'none'}."
        )
    if last.detail["checklist"] != digest(checklist(month)):
        raise EvidenceError(
            f"{month}: {last.person} approved another state of it on {last.at:%Y-%m-%d}: days were restated or checked "
            "again since. Clear the approval, so that somebody looks at it anew."
        )
    return {"approved_by": last.person, "approved_at": last.at, **last.detail}


def pack(month: Window) -> str:
    """Write the pack of an approved month for the auditors, as a blob that nothing overwrites.

    :param month: its days.
    :returns: its SHA-256. The same state of a month gives the same bytes.
    :raises EvidenceError: as for ``require_approved``.
    """
    approval = require_approved(month)
    with gate.session() as connection:
        days = gate.closed(connection, month.start, month.end - gate.A_DAY)
        totals = {name: _totals(connection, name, month) for name in ("trial_balance", "profit_and_loss")}
    content = {
        "month": f"{month.start:%Y-%m}",
        "approval": approval,
        "checklist": [vars(item) for item in checklist(month)],
        "days": [{name: value for name, value in vars(day).items() if name not in ("to_sign", "run")} for day in days],
        **totals,
    }
    text = json.dumps(content, default=str, indent=1, sort_keys=True) + "\n"
    found = sha256(text.encode()).hexdigest()
    name = f"close/{month.start:%Y-%m}/{found}.json"
    if store := AnchorStore.configured():
        try:
            store.keep(name, text)
        except BlobExists:
            return found
        log.info("The pack is %s in %s.", name, settings().genims_anchor_container)
    else:
        log.info("The pack:\n%s", text)
    append_rows("sox_compliance_log", [_record(month, "period_pack", len(days), {"blob": name, "sha256": found})], USER)
    return found


def _totals(connection: Connection, name: str, month: Window) -> list[dict[str, Any]]:
    with connection.cursor(DictCursor) as cursor:
        cursor.execute(sql(f"close/{name}_of_month"), {"first": month.start, "last": month.end - gate.A_DAY})
        rows = list(cursor.fetchall())
    connection.commit()
    return rows


def _record(month: Window, control: str, population: int, told: dict[str, Any]) -> dict[str, Any]:
    return {
        "control_id": control,
        "business_day": month.end - gate.A_DAY,
        "subject": f"{month.start:%Y-%m}",
        "population_count": population,
        "exception_count": 0,
        "outcome": "passed",
        "detail": json.dumps(told, default=str),
    }
