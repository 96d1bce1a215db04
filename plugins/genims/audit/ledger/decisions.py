"""What two persons have decided last on an act that takes two, as the ledger of the pipeline has it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from MySQLdb.connections import Connection
from MySQLdb.cursors import DictCursor

from genims.audit.format import canonical, versions
from genims.audit.format.chained_tables import chained_tables
from genims.core.errors import EvidenceError
from genims.core.paths import sql

APPROVALS = "approval_audit_log"


@dataclass(frozen=True)
class Decision:
    """A step of an act that takes two persons.

    :param step: a value of TWO_PERSON_STEPS, or ``carried_out``.
    :param person: who decided.
    :param requested_by: who had asked for it; None if this is the request.
    :param detail: what exactly was decided, and why.
    :param at: when, UTC.
    :param run: the run of the form; None for ``carried_out``.
    """

    step: str
    person: str
    requested_by: str | None
    detail: dict[str, Any]
    at: datetime
    run: str | None

    @property
    def persons(self) -> str:
        """Who requested and who confirmed it."""
        return f"requested by {self.requested_by}, confirmed by {self.person}"


def last_decision(connection: Connection, act: str, subject: str) -> Decision | None:
    """The last step of an act for one subject; None if there is none.

    :param connection: a session that may read the audit tables.
    :param act: a word such as ``source_moved``.
    :param subject: what it is about, such as a source database.
    :raises EvidenceError: the row is not the one that was written.
    """
    with connection.cursor(DictCursor) as cursor:
        cursor.execute(sql("audit/ledger/last_decision"), {"act": act, "subject": subject})
        row = cursor.fetchone()
    if row is None:
        return None
    if not _is_as_written(row):
        raise EvidenceError(
            f"{act} {subject}: expected the {row['step']} of {APPROVALS}, number {row['audit_sequence']}, as it was "
            "written, found it altered: nothing is done. Run audit_verify, which names what else was altered."
        )
    detail = json.loads(row["detail"])
    return Decision(row["step"], row["decided_by"], row["requested_by"], detail, row["decided_at"], row["run"])


def _is_as_written(row: dict[str, Any]) -> bool:
    """Whether the row has the hash of its values, and the person that its event names."""
    table = chained_tables()[APPROVALS]
    values = table.row(1, {name: row[name] for name in table.own_columns})
    number = canonical.integer(row["audit_sequence"])
    line = f"{canonical.moment(row['audit_timestamp'])}\t{row['source_database']}\t{number}\t{values}"
    is_whole = any(form.row_hash(APPROVALS, line.encode()) == row["row_hash"] for form in versions.FORMS.values())
    return is_whole and row["person"] == row["decided_by"]
