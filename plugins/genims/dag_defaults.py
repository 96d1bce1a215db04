"""What the DAG files share: defaults of their tasks, and fields of their trigger forms."""

from __future__ import annotations

import re
from datetime import timedelta

from airflow.sdk import ExceptionRetryPolicy, Param, RetryAction, RetryRule

from genims.core.paths import SCHEMA, SQL
from genims.core.settings import settings

# Bounds how many tasks read the source databases at once; the number of slots is set where Airflow is deployed.
SOURCES_POOL = "genims_sources"

# Where Airflow looks up the .sql files of operators.
TEMPLATES = [str(SQL), str(SCHEMA)]

# A closed list, impact first: tier-1 wakes somebody up, tier-2 waits for the morning. A form waits for a person. A job
# says how often it runs, because the list of DAGs shows a schedule as a cron expression.
FORM, JOB = "form", "job"
CADENCES = ("always", "hourly", "daily", "weekly", "monthly", "by hand")
TAGS = ("tier-1", "tier-2", "reporting", "audit", "setup", "maintenance", "backup", FORM, JOB, *CADENCES)

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

# What opens the docstring of a DAG: what it does, and when.
OPENING = re.compile(r"^# \w+: (.+)$.*?\*\*When\*\* (.+?)(?=[;.]|: )", re.MULTILINE | re.DOTALL)

# A field of a trigger form (JSON Schema) that takes a date such as 2026-03-01, or stays empty.
DATE_OR_NONE = {"type": ["null", "string"], "format": "date", "pattern": r"^20[0-9]{2}-[0-9]{2}-[0-9]{2}$(?!\n)"}


def described(doc: str) -> dict[str, str]:
    """The documentation of a DAG, and what the list of DAGs says of it: what it does, and when, in words.

    :param doc: the docstring of its file, a runbook in Markdown.
    :returns: arguments of the DAG.
    """
    what, when = (" ".join(part.split()).replace("`", "") for part in OPENING.search(doc).groups())
    return {"doc_md": doc, "description": f"{what[0].upper()}{what[1:]}; {when}"}


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
