"""Refused forms on record: who was refused what, and why."""

from __future__ import annotations

import logging

from airflow.sdk.types import DagRunProtocol
from MySQLdb.cursors import DictCursor

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
    run = f"{dag_run.dag_id}/{dag_run.run_id}"
    person = dag_run.triggering_user_name
    # Texts of persons may have characters that nobody sees.
    row = {
        "document_type": FORM,
        "document_id": f"{run!a}"[1:-1][:255],
        "step": STEP,
        "requested_by": f"{person!a}"[1:-1][:255] if person else None,
        "detail": reason,
    }
    with pipeline_ledger() as ledger, ledger.connection.cursor(DictCursor) as cursor:
        cursor.execute(sql("audit/forms/refusals"), row | {"source_database": PIPELINE})
        if not cursor.fetchall():
            event = pipeline_event(APPROVALS, row, dag_run.dag_id, app_user=row["requested_by"], reason=reason)
            ledger.append([event], seal=True)
    log.warning("The form that %s filled in is refused: %s", person or "nobody", reason)
