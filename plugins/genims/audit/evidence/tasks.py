"""The tasks of ``audit_verify``."""

from __future__ import annotations

import logging
from contextlib import closing
from datetime import date, timedelta
from random import SystemRandom

import psycopg
from airflow.sdk.exceptions import AirflowNotFoundException

from genims.audit.capture.routing import routing
from genims.audit.evidence import present_rows, records
from genims.audit.evidence.anchor_store import AnchorStore
from genims.audit.evidence.anchorer import Anchorer, AnchorRun
from genims.audit.evidence.findings import Finding, merged
from genims.audit.evidence.report import State
from genims.audit.evidence.schedule import days, due_days, last_verified
from genims.audit.evidence.verify import verify
from genims.audit.ledger.pipeline import append_rows
from genims.core import connections
from genims.core.clock import utc_now
from genims.core.errors import EvidenceError, FormRefused, NotProven
from genims.core.paths import sql
from genims.core.settings import settings
from genims.hooks.mysql import GenimsMySqlHook

log = logging.getLogger(__name__)

FIRST_DAY = sql("audit/evidence/first_day")
FINDINGS_SHOWN = 20
# Every verification leaves a report of its own, below its day.
REPORTS = "reports/"


def anchor() -> None:
    """Anchor the blocks that the stream has not anchored yet; what is broken becomes a security event."""
    anchorer, blocks = Anchorer(), 0
    with closing(GenimsMySqlHook(connections.AUDIT).get_conn()) as connection:
        while (done := anchorer.anchor(connection)).blocks:
            blocks += done.blocks
    log.info("Anchored %s blocks.", blocks)
    report_breaks(done, "audit_verify")


def report_breaks(run: AnchorRun, user: str, reported: frozenset = frozenset()) -> None:
    """Put on record what was anchored and is gone or changed.

    :param user: the DAG that found it.
    :param reported: what is on record already, by source database and kind.
    """
    new = {key: why for key, why in run.breaks.items() if key not in reported}
    if not new:
        return
    log.error("%s. It is on record in security_events; run audit_verify.", "; ".join(new.values()))
    events = [
        {"event_type": "chain_broken", "severity": "critical", "object_name": source, "detail": why}
        for (source, _), why in new.items()
    ]
    append_rows("security_events", events, user=user)


def verify_days(first: str | None, last: str | None) -> None:
    """Verify some days, and leave a report of each in Blob Storage; deviations become a security event.

    Without days: yesterday and today, every day since the last verified one, and a share of the older days, so that all
    are verified every 30 days. What was verified is on record in ``sox_compliance_log``.

    :param first: first day as ISO text, UTC; None for those that are due.
    :param last: last day, included; None for today.
    :raises EvidenceError: something is not as it was written, or lacks its anchor; the message lists it.
    :raises NotProven: nothing deviates, but there is no Blob Storage with anchors to compare with.
    """
    today = utc_now().date()
    store = AnchorStore.configured()
    findings, unproven, why_not = [], [], None
    with closing(GenimsMySqlHook(connections.AUDIT).get_conn()) as connection, connection.cursor() as cursor:
        if store:
            findings += records.check_recorded_end(cursor, store)
        chosen = _given(first, last, today) if first or last else _due(cursor)
        connection.rollback()
    for day in chosen:
        report = verify(day, day)
        log.info("%s", report)
        findings += report.outcome.findings
        unproven += report.outcome.unproven
        why_not = why_not or report.why_not_proven
        if store:
            name = f"{REPORTS}{day:%Y}/{day}/{utc_now():%Y%m%dT%H%M%S.%fZ}.json"
            store.keep(name, report.as_json())
            log.info("The report is %s in %s.", name, settings().genims_anchor_container)
        records.record(report, day, store.end() if store else None)
    if findings:
        _raise(merged(findings), f"{chosen[0]} to {chosen[-1]}")
    if unproven:
        raise EvidenceError(f"{State.NOT_PROVEN}: {_shown(merged(unproven))}")
    if why_not:
        raise NotProven(
            f"{State.NOT_PROVEN}: {why_not}. Set AZURE_STORAGE_CONNECTION_STRING, and clear this DAG's tasks"
        )


def compare_present_rows() -> None:
    """Compare random captured rows with those that the sources have now; what differs becomes a security event.

    A source that does not answer is compared on another night.

    :raises EvidenceError: a row is not what its last event says; the message names it by table and key.
    """
    random, found = SystemRandom(), []
    with closing(GenimsMySqlHook(connections.AUDIT).get_conn()) as connection, connection.cursor() as cursor:
        connection.autocommit(True)
        for source in routing().tables:
            try:
                compared, differences = present_rows.differences(cursor, source, random)
            except (psycopg.Error, AirflowNotFoundException) as error:
                log.warning("%s: not compared: %s", source, error)
                continue
            log.info("%s: %s rows compared with the source, %s differ.", source, compared, len(differences))
            found += differences
    if found:
        shown = "\n".join(found[:FINDINGS_SHOWN])
        detail = f"{len(found)} rows are not what their last events say\n{shown}"
        event = {"event_type": "chain_broken", "severity": "critical", "object_name": "sources", "detail": detail}
        append_rows("security_events", [event], user="audit_verify")
        raise EvidenceError(detail)


def _given(first: str | None, last: str | None, today: date) -> list[date]:
    first_day = date.fromisoformat(first) if first else today - timedelta(days=1)
    last_day = date.fromisoformat(last) if last else today
    if first_day > last_day:
        raise FormRefused(f"expected a first day that is not after {last_day}, found {first_day}; correct from and to")
    return days(first_day, last_day)


def _due(cursor) -> list[date]:
    now = utc_now()
    cursor.execute(FIRST_DAY)
    first_day = cursor.fetchone()[0] or now.date()
    return due_days(
        min(first_day, now.date() - timedelta(days=1)), last_verified(records.verified_days(cursor, now)), now
    )


def _raise(findings: list[Finding], days: str) -> None:
    shown = _shown(findings)
    event = {
        "event_type": "chain_broken",
        "severity": "critical",
        "object_name": days,
        "detail": f"{len(findings)} deviations\n{shown}",
    }
    append_rows("security_events", [event], user="audit_verify")
    raise EvidenceError(f"{len(findings)} deviations in the audit tables, the first of them:\n{shown}")


def _shown(findings: list[Finding]) -> str:
    return "\n".join(f"{each}" for each in findings[:FINDINGS_SHOWN])
