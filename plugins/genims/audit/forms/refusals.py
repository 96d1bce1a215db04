"""Refused forms on record: who was refused what, and why."""

from __future__ import annotations

import logging

from airflow.sdk.types import DagRunProtocol
from MySQLdb.cursors import DictCursor

from genims.audit.forms.form import NAME, NAME_CHARACTERS
from genims.audit.ledger.decisions import APPROVALS
from genims.audit.ledger.pipeline import PIPELINE, pipeline_event, pipeline_ledger
from genims.core.paths import sql

log = logging.getLogger(__name__)

FORM, STEP = "form", "refused"


def record_refusal(dag_run: DagRunProtocol, reason: str) -> None:
    """Put on record, once for each reason, that a form was refused.

    :param dag_run: the run of the form.
    :param reason: why, as the person reads it.
    :raises SourceBusy: another task has kept the ledger of the pipeline for too long.
    """
    person = dag_run.triggering_user_name
    row = {
        "document_type": FORM,
        "document_id": _shown(f"{dag_run.dag_id}/{dag_run.run_id}"),
        "step": STEP,
        "requested_by": _shown(person) if person else None,
        "detail": reason,
    }
    with pipeline_ledger() as ledger, ledger.connection.cursor(DictCursor) as cursor:
        cursor.execute(sql("audit/forms/refusals"), row | {"source_database": PIPELINE})
        if not cursor.fetchall():
            event = pipeline_event(APPROVALS, row, dag_run.dag_id, app_user=row["requested_by"], reason=reason)
            ledger.append([event], seal=True)
    log.warning("The form that %s filled in is refused: %s", person or "nobody", reason)


def _shown(name: str) -> str:
    """A name as it is, or in ASCII and cut where it is too long or has characters that nobody sees."""
    return name if NAME.fullmatch(name) else ascii(name)[1:-1][:NAME_CHARACTERS]
