"""The tasks of ``audit_verify``."""

from __future__ import annotations

import logging
from contextlib import closing
from datetime import date, timedelta

from genims.audit.evidence.anchor_store import AnchorStore
from genims.audit.evidence.anchorer import Anchorer
from genims.audit.evidence.findings import Finding, merged
from genims.audit.evidence.verify import days, verify
from genims.audit.ledger.pipeline import append_rows
from genims.core import connections
from genims.core.clock import utc_now
from genims.core.errors import EvidenceError
from genims.core.settings import settings
from genims.hooks.mysql import GenimsMySqlHook

log = logging.getLogger(__name__)

FINDINGS_SHOWN = 20
# Every verification leaves a report of its own, below its day.
REPORTS = "reports/"


def anchor() -> None:
    """Anchor the blocks that the stream has not anchored yet."""
    with closing(GenimsMySqlHook(connections.AUDIT).get_conn()) as connection:
        log.info("Anchored %s blocks.", Anchorer().anchor(connection).blocks)


def verify_days(first: str | None, last: str | None) -> None:
    """Verify some days, and leave a report of each in Blob Storage; deviations become a security event.

    :param first: first day as ISO text, UTC; None for yesterday.
    :param last: last day, included; None for today.
    :raises EvidenceError: something is not as it was written; the message lists it.
    """
    today = utc_now().date()
    first_day = date.fromisoformat(first) if first else today - timedelta(days=1)
    last_day = date.fromisoformat(last) if last else today
    store = AnchorStore.configured()
    findings = []
    for day in days(first_day, last_day):
        report = verify(day, day)
        log.info("%s", report)
        findings += report.outcome.findings
        if store:
            name = f"{REPORTS}{day:%Y}/{day}/{utc_now():%Y%m%dT%H%M%S.%fZ}.json"
            store.keep(name, report.as_json())
            log.info("The report is %s in %s.", name, settings().genims_anchor_container)
    if findings:
        _raise(merged(findings), f"{first_day} to {last_day}")


def _raise(findings: list[Finding], days: str) -> None:
    shown = "\n".join(f"{each}" for each in findings[:FINDINGS_SHOWN])
    event = {
        "event_type": "chain_broken",
        "severity": "critical",
        "object_name": days,
        "detail": f"{len(findings)} deviations\n{shown}",
    }
    append_rows("security_events", [event], user="audit_verify")
    raise EvidenceError(f"{len(findings)} deviations in the audit tables, the first of them:\n{shown}")
