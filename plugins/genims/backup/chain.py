"""Verifies the audit trail in a restored copy against the anchors, as far as the copy goes."""

from __future__ import annotations

from datetime import datetime, timedelta

from MySQLdb.connections import Connection

from genims.audit.evidence.anchor_lines import DayAnchors
from genims.audit.evidence.anchor_store import AnchorStore
from genims.audit.evidence.findings import merged
from genims.audit.evidence.report import Outcome
from genims.audit.evidence.verification import Proof, verify_day
from genims.audit.ledger.signing import signing_keys
from genims.core.errors import BackupBroken

HEADS = "SELECT source_database, last_block_number, last_audit_sequence FROM audit_sequence_manager"
SHOWN = 5


def verify_copy(connection: Connection, moment: datetime) -> str:
    """Verify the blocks of a backup's day and the day before, and the events that no block holds yet.

    :param connection: in the restored copy of the audit database.
    :param moment: of the dump, UTC.
    :returns: what is proven.
    :raises BackupBroken: something is not as it was written.
    """
    outcome, store, keys = Outcome(), AnchorStore.configured(), signing_keys()
    with connection.cursor() as cursor:
        cursor.execute(HEADS)
        heads = {source: (block, event) for source, block, event in cursor.fetchall()}
    for day in (moment.date() - timedelta(days=1), moment.date()):
        anchors = _up_to(store.of_day(day), heads) if store else DayAnchors()
        verify_day(connection, day, Proof(moment, anchors, keys), None, outcome, with_open=day == moment.date())
    if found := merged(outcome.findings):
        shown = "; ".join(map(str, found[:SHOWN]))
        raise BackupBroken(f"the audit trail in the restored copy: {len(found)} deviations: {shown}")
    proven = f"{outcome.blocks} blocks and {outcome.events} events are as they were written"
    if store is None:
        return f"{proven}; not proven by anchors: no Blob Storage is set"
    return f"{proven}; not anchored: {len(outcome.unproven)}"


def _up_to(anchors: DayAnchors, heads: dict[str, tuple[int, int]]) -> DayAnchors:
    """The anchors of what the copy can hold: later ones are of what came after the dump."""
    anchors.blocks = {
        source: {(number, digest) for number, digest in blocks if number <= heads.get(source, (0, 0))[0]}
        for source, blocks in anchors.blocks.items()
    }
    for source, events in anchors.events.items():
        for number in [each for each in events if each > heads.get(source, (0, 0))[1]]:
            del events[number]
    return anchors
