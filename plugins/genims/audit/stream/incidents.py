"""Events of the stream's own: for a captured event that cannot be taken over, and for a capture that is not whole."""

from __future__ import annotations

import logging
from datetime import datetime
from hashlib import sha256

import msgspec

from genims.audit.format.event import LOG, QUARANTINE, AuditEvent
from genims.audit.stream.outbox import SourceEvent

log = logging.getLogger(__name__)

SECURITY = "security_events"
OURSELVES = "genims_audit"

# Of a longer text the beginning and the digest of the whole are kept, so that all of an event fits into one column.
KEPT_CHARACTERS = 300_000
TEXT_CHARACTERS = 2_000


def quarantined(source: str, event: SourceEvent, why: Exception) -> AuditEvent:
    """The audit event that stands for one that cannot be taken over, with a security event for the person on duty.

    :param source: short name of the source database.
    :param event: what was captured; all of it is kept in ``after_values``.
    :param why: the error that it caused.
    """
    reason = f"{type(why).__name__}: {why}"[:TEXT_CHARACTERS]
    log.error(
        "%s: event %s of %s is quarantined: %s. It is kept in system_audit_log as QUARANTINE; all others go on.",
        source,
        event.seq,
        event.table_name,
        reason,
    )
    detail = f"Event {event.seq} could not be taken over as it is: {reason}"
    payload = {name: _kept(value) for name, value in event._asdict().items()}
    return AuditEvent(
        at=event.at,
        operation=QUARANTINE,
        table_name=event.table_name[:128],
        session_user_name=event.session_user_name[:128],
        source_sequence=event.seq,
        transaction_id=event.xid,
        row_count=0,
        after=msgspec.json.encode({"why": reason, "event": payload}).decode(),
        rows=[_alarm("event_quarantined", f"{source}.{event.table_name}"[:512], detail)],
    )


def problem_seen(source: str, problem: str, at: datetime) -> AuditEvent:
    """The audit event for something that is wrong with the capture of a source database.

    :param source: its short name.
    :param problem: what is wrong, as a sentence.
    :param at: when it was seen, UTC, without time zone.
    """
    log.error("%s: %s. It is on record in security_events; platform_setup puts alterations right.", source, problem)
    return AuditEvent(
        at=at,
        operation=LOG,
        table_name=SECURITY,
        session_user_name=OURSELVES,
        row_count=0,
        rows=[_alarm("capture_problem", source, problem[:TEXT_CHARACTERS])],
    )


def _alarm(event_type: str, object_name: str, detail: str) -> tuple[str, dict[str, object]]:
    return SECURITY, dict(event_type=event_type, severity="critical", object_name=object_name, detail=detail)


def _kept(value: object) -> object:
    if not isinstance(value, str) or len(value) <= KEPT_CHARACTERS:
        return value
    return {
        "begins_with": value[:KEPT_CHARACTERS],
        "characters": len(value),
        "sha256": sha256(value.encode()).hexdigest(),
    }
