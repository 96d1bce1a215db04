"""What the DAG files share: defaults of their tasks, fields of their trigger forms, and the DAG of a form."""

from __future__ import annotations

from datetime import datetime, timedelta

from airflow.sdk import DAG, ExceptionRetryPolicy, Param, RetryAction, RetryRule

from genims.audit.forms.vocabulary import TWO_PERSON_STEPS
from genims.core.paths import SCHEMA, SQL
from genims.core.settings import settings

# Bounds how many tasks read the source databases at once; the number of slots is set where Airflow is deployed.
SOURCES_POOL = "genims_sources"

# Where Airflow looks up the .sql files of operators.
TEMPLATES = [str(SQL), str(SCHEMA)]

# A closed list, impact first: tier-1 wakes somebody up, tier-2 waits for the morning.
TAGS = ("tier-1", "tier-2", "reporting", "audit", "setup", "maintenance", "backup")

RETRY_WHAT_MAY_HEAL = ExceptionRetryPolicy(
    [RetryRule(exception="genims.core.errors.WillNotHeal", action=RetryAction.FAIL)]
)


def _before_any_task(context) -> None:
    """Rows that a killed task has left on disk are gone when the next one begins, whatever that does."""
    from genims.hooks.spill_directory import remove_abandoned

    remove_abandoned(settings().genims_temp_directory)


DEFAULT_ARGS = {
    "owner": "data-platform",
    "retries": 3,
    "retry_delay": timedelta(seconds=30),
    "retry_exponential_backoff": True,
    "max_retry_delay": timedelta(minutes=5),
    "retry_policy": RETRY_WHAT_MAY_HEAL,
    "execution_timeout": timedelta(minutes=20),
    "pre_execute": _before_any_task,
}

# For tasks that sign in as an administrator or as the owner of the capture: their worker alone has these passwords.
SETUP_ARGS = DEFAULT_ARGS | {"queue": settings().genims_setup_queue}

# A field of a trigger form (JSON Schema) that takes a date such as 2026-03-01, or stays empty.
DATE_OR_NONE = {"type": ["null", "string"], "format": "date", "pattern": r"^20[0-9]{2}-[0-9]{2}-[0-9]{2}$(?!\n)"}


def tables_param(names: list[str]) -> Param:
    """The field of a trigger form in which a person chooses tables.

    :param names: the tables on offer.
    :returns: a list of table names; the empty list, its default, stands for all tables.
    """
    return Param(
        [],
        type="array",
        items={"type": "string", "enum": names},
        examples=names,
        description="The tables to load; none chosen means all",
    )


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


def form_dag(dag_id: str, doc_md: str, params: dict[str, Param], default_args: dict = DEFAULT_ARGS) -> DAG:
    """The DAG of an audit form: it has no schedule and waits, unpaused, for a person who fills in its trigger form.

    :param dag_id: the name of its file.
    :param doc_md: its runbook, in Markdown.
    :param params: the fields of the form by name, in the order in which the form shows them.
    :param default_args: of its task.
    """
    return DAG(
        dag_id=dag_id,
        doc_md=doc_md,
        schedule=None,
        start_date=datetime(2025, 1, 1),
        is_paused_upon_creation=False,
        default_args=default_args,
        tags=["tier-2", "audit"],
        params=params,
    )
