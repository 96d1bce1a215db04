"""Events of the stream's own: for a captured event that cannot be taken over, and for a capture that is not whole."""

from __future__ import annotations

import logging
from datetime import datetime
from hashlib import sha256

import msgspec

from genims.audit.format import canonical
from genims.audit.format.event import LOG, QUARANTINE, AuditEvent
from genims.audit.ledger.insert_lines import LINE_BYTES
from genims.audit.stream.bounds import bounded
from genims.audit.stream.outbox import SourceEvent

log = logging.getLogger(__name__)

SECURITY = "security_events"
OURSELVES = "genims_audit"
CRITICAL = "critical"

# Of a longer text the beginning and the digest of the whole are kept, so that all of an event fits into one column.
KEPT_CHARACTERS = 300_000
TEXT_CHARACTERS = 2_000


def quarantined(source: str, event: SourceEvent, why: Exception, line_bytes: int = LINE_BYTES) -> AuditEvent:
    """The audit event that stands for one that cannot be taken over, with a security event for the person on duty.

    :param source: short name of the source database.
    :param event: what was captured; all of it is kept in ``after_values``.
    :param why: the error that it caused.
    :param line_bytes: the most bytes of a line; of longer values the beginning and the digest are kept.
    """
    reason = f"{type(why).__name__}: {why}"[:TEXT_CHARACTERS]
    detail = f"Event {event.seq} could not be taken over as it is: {reason}"
    audited = AuditEvent(
        at=event.at,
        operation=QUARANTINE,
        table_name=event.table_name,
        session_user_name=event.session_user_name,
        source_sequence=event.seq,
        transaction_id=event.xid,
        row_count=0,
        after=_payload(event, reason, line_bytes // 2),
        rows=[security_row("event_quarantined", f"{source}.{event.table_name}", detail)],
    )
    return bounded(audited)


def log_quarantined(source: str, number: int, first: SourceEvent, why: Exception) -> None:
    """One line for all events of a batch that are quarantined.

    :param source: short name of the source database.
    :param number: how many they are.
    :param first: the first of them.
    :param why: the error that it caused.
    """
    log.error(
        "%s: %s events are quarantined, event %s of %s first: %s. They are kept in system_audit_log as QUARANTINE; all "
        "others go on.",
        source,
        number,
        first.seq,
        first.table_name,
        f"{type(why).__name__}: {why}"[:TEXT_CHARACTERS],
    )


def seen(
    source: str, event_type: str, detail: str, at: datetime, object_name: str | None = None, severity: str = CRITICAL
) -> AuditEvent:
    """The audit event for something that the stream itself has seen.

    :param source: short name of the source database.
    :param event_type: the word for it in ``security_events``.
    :param detail: what was expected and what was found.
    :param at: when it was seen, UTC, without time zone.
    :param object_name: what it is about; the source by default.
    :param severity: info, warning or critical.
    """
    return bounded(
        AuditEvent(
            at=at,
            operation=LOG,
            table_name=SECURITY,
            session_user_name=OURSELVES,
            row_count=0,
            rows=[security_row(event_type, object_name or source, detail[:TEXT_CHARACTERS], severity)],
        )
    )


def problem_seen(source: str, problem: str, at: datetime) -> AuditEvent:
    """The audit event for something that is wrong with the capture of a source database.

    :param source: its short name.
    :param problem: what is wrong, as a sentence.
    :param at: when it was seen, UTC, without time zone.
    """
    log.error("%s: %s. It is on record in security_events; platform_setup puts alterations right.", source, problem)
    return seen(source, "capture_problem", problem, at)


def security_row(
    event_type: str, object_name: str, detail: str, severity: str = CRITICAL
) -> tuple[str, dict[str, object]]:
    """A further row of an event, for ``security_events``.

    :param event_type: the word for it.
    :param object_name: what it is about.
    :param detail: what was expected and what was found.
    :param severity: info, warning or critical.
    """
    return SECURITY, dict(event_type=event_type, severity=severity, object_name=object_name, detail=detail)


def _payload(event: SourceEvent, reason: str, most_bytes: int) -> str:
    """The event as JSON, whose canonical text has ``most_bytes`` at most."""
    kept = KEPT_CHARACTERS
    while True:
        values = {name: _kept(value, kept) for name, value in event._asdict().items()}
        payload = msgspec.json.encode({"why": reason, "event": values}).decode()
        if len(canonical.text(payload).encode()) <= most_bytes:
            return payload
        kept //= 4


def _kept(value: object, characters: int) -> object:
    if not isinstance(value, str) or len(value) <= characters:
        return value
    return {
        "begins_with": value[:characters],
        "characters": len(value),
        "sha256": sha256(value.encode()).hexdigest(),
    }
