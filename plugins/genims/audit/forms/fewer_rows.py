"""What a person says when figures may fall by more than sources ordinarily make them: who, why and which, on record."""

from __future__ import annotations

from airflow.sdk.types import DagRunProtocol

from genims.audit.ledger.pipeline import append_rows
from genims.core.clock import utc_now
from genims.engine.run_log import SyncAttempt

TABLE = "approval_audit_log"


def record_fewer_rows(table_name: str, attempt: SyncAttempt, dag_run: DagRunProtocol, reason: str) -> None:
    """Record that a person accepted fewer rows of a reporting table than were published.

    :param table_name: the reporting table.
    :param attempt: the load that published them.
    :param dag_run: the run, whose trigger form has the reason.
    :param reason: why they are right, as the person entered it.
    """
    person = getattr(dag_run, "triggering_user_name", None) or attempt.dag_id
    row = {
        "document_type": "fewer_rows",
        "document_id": f"{table_name} {attempt.window_start} to {attempt.window_end}",
        "step": "approved",
        "decided_by": person,
        "decided_at": utc_now(),
        "detail": f"{reason}\n" + "\n".join(attempt.fallen),
    }
    append_rows(TABLE, [row], person)
