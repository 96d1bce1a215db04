"""What was verified, when and up to which block: rows of ``sox_compliance_log``, chained like all others.

Each also names the newest anchor line, so the database knows the end of the anchors from a second place that its own
blocks cover.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from MySQLdb.cursors import Cursor

from genims.audit.evidence.anchor_lines import Line
from genims.audit.evidence.anchor_store import AnchorStore
from genims.audit.evidence.findings import Finding
from genims.audit.evidence.report import Report, State
from genims.audit.evidence.rules import ANCHORS
from genims.audit.ledger.pipeline import append_rows
from genims.core.paths import sql
from genims.core.settings import settings

CONTROL = "audit_trail_verified"
OUTCOMES = {State.INTACT: "passed", State.NOT_PROVEN: "not_run", State.DEVIATIONS: "failed"}
# Rows older than this say no more than that a day is overdue.
LOOK_BACK = timedelta(days=60)

VERIFIED_DAYS = sql("audit/evidence/verified_days")
LAST_RECORD = sql("audit/evidence/last_record")


def record(report: Report, day: date, end: Line | None) -> None:
    """Put a verification on record.

    :param report: of this one day.
    :param end: the newest anchor line; None without any.
    """
    blocks = {source: head.newest.block_number for source, head in report.outcome.heads.items() if head.newest}
    detail = {"state": f"{report.state}", "blocks": blocks, "signed": report.outcome.signed}
    if report.why_not_proven:
        detail["why_not_proven"] = report.why_not_proven
    if end:
        detail |= {
            "container": settings().genims_anchor_container,
            "anchor_line": end.number,
            "anchor_hash": end.digest.hex(),
        }
    row = {
        "control_id": CONTROL,
        "business_day": day,
        "subject": "audit trail",
        "population_count": report.outcome.rows,
        "exception_count": len(report.outcome.findings),
        "outcome": OUTCOMES[report.state],
        "detail": json.dumps(detail),
    }
    append_rows("sox_compliance_log", [row], user="audit_verify")


def verified_days(cursor: Cursor, now: datetime) -> list[tuple[date, datetime]]:
    """Day and time of the verifications of late.

    :param now: UTC.
    """
    cursor.execute(VERIFIED_DAYS, {"control": CONTROL, "since": now - LOOK_BACK})
    return list(cursor.fetchall())


def check_recorded_end(cursor: Cursor, store: AnchorStore) -> Iterator[Finding]:
    """Whether the anchors still hold the line that was the newest at the last verification.

    :param cursor: of a session that may read the audit tables.
    :param store: where the anchors are.
    """
    cursor.execute(LAST_RECORD, {"control": CONTROL})
    row = cursor.fetchone()
    recorded = json.loads(row[1]) if row else {}
    number = recorded.get("anchor_line")
    # That the container was changed is found by what each source remembers.
    if not number or recorded["container"] != settings().genims_anchor_container:
        return
    # The line was the newest then, so it is in the last blob up to that day, or in one that has become a day longer.
    near = [day for day in store.days() if day <= row[0].date()][-1:]
    later = [day for day in store.days() if day > row[0].date()][:1]
    digests = {line.number: line.digest.hex() for day in [*near, *later] for line in store.lines(day)}
    if digests.get(number) != recorded["anchor_hash"]:
        detail = "the newest line at the last verification is gone, or another one"
        yield Finding(ANCHORS, number, number, ANCHORS, "missing", None, detail)
