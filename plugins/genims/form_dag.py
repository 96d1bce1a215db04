"""The DAG of a form: a person fills in its trigger form, and one task decides.

A form that is refused is no failure. Its deciding task ends as *skipped*, and the task ``refused`` puts on record who
was refused what, and why; the run is green. It is an event of the audit, not a fault of the platform.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any

from airflow.sdk import DAG, Param, TriggerRule, get_current_context, task
from airflow.sdk.exceptions import AirflowSkipException

from genims.audit.forms.fields import check_fields
from genims.audit.forms.vocabulary import TWO_PERSON_STEPS
from genims.core.errors import FormRefused
from genims.dag_defaults import DEFAULT_ARGS, FORM, described

log = logging.getLogger(__name__)

REFUSAL = "refusal"


def decision_param(request: str, confirm: str, decline: str) -> Param:
    """The field of a trigger form by which two persons decide, each in a run of their own.

    :param request: what the step of this name says; so do ``confirm`` and ``decline``.
    """
    meanings = {"request": request, "confirm": confirm, "decline": decline}
    return Param(
        type="string",
        enum=list(TWO_PERSON_STEPS),
        values_display={step: f"{step}: {meaning}" for step, meaning in meanings.items()},
        title="Decision",
        description="Request and confirm take two persons",
    )


def form_dag(
    dag_id: str,
    doc_md: str,
    params: dict[str, Param],
    default_args: dict = DEFAULT_ARGS,
    tags: tuple[str, ...] = ("tier-2", "audit"),
    **options: Any,
) -> DAG:
    """The DAG of a form: it has no schedule and waits, unpaused, for a person who fills in its trigger form.

    :param dag_id: the name of its file.
    :param doc_md: its runbook, in Markdown.
    :param params: the fields of the form by name, in the order in which the form shows them.
    :param default_args: of its task.
    :param tags: beside the tag of all forms.
    :param options: further arguments of the DAG.
    """
    return DAG(
        dag_id=dag_id,
        **described(doc_md),
        schedule=None,
        start_date=datetime(2025, 1, 1),
        is_paused_upon_creation=False,
        default_args=default_args,
        tags=[FORM, *tags],
        params=params,
        **options,
    )


def refusable(decide: Callable) -> Callable:
    """Let a task skip, rather than fail, when what a person has filled in is refused: for use below ``@task``.

    What the fields take is checked first.

    :param decide: the function of the task; raises FormRefused where it refuses.
    """

    @wraps(decide)
    def run(*arguments: Any, **context: Any) -> Any:
        present = get_current_context()
        try:
            declared = present["dag"].params
            check_fields({name: declared.get_param(name) for name in declared}, present["params"])
            return decide(*arguments, **context)
        except FormRefused as refusal:
            log.warning("The form is refused: %s", refusal)
            present["ti"].xcom_push(REFUSAL, str(refusal))
            raise AirflowSkipException(str(refusal)) from refusal

    return run


@task(trigger_rule=TriggerRule.ALL_SKIPPED)
def refused(dag_run, ti) -> str | None:
    """Puts the refusal of this run on record; it runs when the deciding task before it was skipped."""
    from genims.audit.forms.refusals import record_refusal

    reasons = [reason for reason in ti.xcom_pull(task_ids=list(ti.task.dag.task_ids), key=REFUSAL) if reason]
    if not reasons:
        raise AirflowSkipException("Nothing was refused: somebody has marked the deciding task as skipped.")
    record_refusal(dag_run, reasons[0])
    return reasons[0]
