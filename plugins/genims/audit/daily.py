"""The tasks of ``audit_verify``."""

from __future__ import annotations

import logging
from contextlib import closing
from datetime import date, timedelta

from genims import connections
from genims.audit.anchors import anchor_blocks
from genims.audit.ledger import utc_now
from genims.audit.record import record
from genims.audit.verify import verify
from genims.errors import EvidenceError
from genims.hooks.mysql import GenimsMySqlHook

log = logging.getLogger(__name__)

FINDINGS_SHOWN = 20


def anchor() -> None:
    """Anchor the blocks that were closed since the last time.

    :raises EvidenceError: a block is no longer what was anchored.
    """
    with closing(GenimsMySqlHook(connections.AUDIT).get_conn()) as connection:
        log.info("Anchored %s blocks.", anchor_blocks(connection, utc_now().date()))


def verify_days(first: str | None, last: str | None) -> None:
    """Verify some days; what deviates is a security event.

    :param first: first day as ISO text, UTC; None for yesterday.
    :param last: last day, included; None for today.
    :raises EvidenceError: something is not as it was written; the message lists it.
    """
    today = utc_now().date()
    first_day = date.fromisoformat(first) if first else today - timedelta(days=1)
    last_day = date.fromisoformat(last) if last else today
    report = verify(first_day, last_day)
    log.info("%s", report)
    if report.intact:
        return
    findings = [f"{each}" for each in report.outcome.findings]
    shown = "\n".join(findings[:FINDINGS_SHOWN])
    event = {
        "event_type": "chain_broken",
        "severity": "critical",
        "object_name": f"{first_day} to {last_day}",
        "detail": f"{len(findings)} deviations\n{shown}",
    }
    record("security_events", [event], user="audit_verify")
    raise EvidenceError(f"{len(findings)} deviations in the audit tables, the first of them:\n{shown}")
