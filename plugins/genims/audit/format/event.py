"""What writers hand to the ledger: events, and the place up to which a source is taken over."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

OPERATIONS = {
    "I": "INSERT",
    "U": "UPDATE",
    "D": "DELETE",
    "T": "TRUNCATE",
    "B": "BULK",
    "S": "SCHEMA",
    "P": "PERMISSION",
    "X": "SECURITY",
}
"""How ``genims_audit.event.op`` of a source is called in the audit tables."""
QUARANTINE = "QUARANTINE"
"""A captured event that cannot be taken over as it is: ``after_values`` holds all of it."""
PIPELINE = "pipeline"
"""The ledger of the pipeline's own doings."""
LOG = "LOG"
"""An entry that no trigger captured: all that it says is in the table that it is routed to."""

UNKNOWN_USER = "unknown"
"""Whoever did what is only found afterwards."""


@dataclass(slots=True)
class AuditEvent:
    """One event of one source database.

    :param at: when it happened; UTC where it has no time zone.
    :param operation: one of OPERATIONS' words, QUARANTINE or LOG.
    :param table_name: table of the source; for LOG the audit table that it is routed to.
    :param session_user_name: database user that signed in.
    :param source_sequence: number that the source gave it.
    :param row_key: primary key of the row as text.
    :param transaction_id: xid8 of the source.
    :param row_count: rows touched.
    :param before: the row before, as JSON text, its values texts or null in column order.
    :param after: the row after.
    :param rows: its further rows, each a table and the values by column, envelope and hashes left out; ``part``, where
        a table has it, is given in the order of this list.
    """

    at: datetime
    operation: str
    table_name: str
    session_user_name: str
    source_sequence: int | None = None
    row_key: str | None = None
    transaction_id: int | None = None
    app_user: str | None = None
    application_name: str | None = None
    client_address: str | None = None
    request_id: str | None = None
    reason: str | None = None
    row_count: int = 1
    before: str | None = None
    after: str | None = None
    rows: list[tuple[str, dict[str, object]]] = field(default_factory=list)
