"""What all DAGs of the package share."""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import ExceptionRetryPolicy, Param, RetryAction, RetryRule

from genims.core.paths import SCHEMA, SQL

# Bounds how many tasks read the source databases at once; the number of slots is set where Airflow is deployed.
SOURCES_POOL = "genims_sources"

# Where an operator's .sql file names are looked up.
TEMPLATES = [str(SQL), str(SCHEMA)]

# A closed list, impact first: tier-1 wakes somebody up, tier-2 waits for the morning.
TAGS = ("tier-1", "tier-2", "reporting", "audit", "setup", "maintenance")

RETRY_WHAT_MAY_HEAL = ExceptionRetryPolicy(
    [RetryRule(exception="genims.core.errors.WillNotHeal", action=RetryAction.FAIL)]
)

DEFAULT_ARGS = {
    "owner": "data-platform",
    "retries": 3,
    "retry_delay": timedelta(seconds=30),
    "retry_exponential_backoff": True,
    "max_retry_delay": timedelta(minutes=5),
    "retry_policy": RETRY_WHAT_MAY_HEAL,
    "execution_timeout": timedelta(minutes=20),
}


def tables_param(names: list[str]) -> Param:
    """The choice of tables in the trigger form of a DAG that loads them."""
    return Param(
        [],
        type="array",
        items={"type": "string", "enum": names},
        examples=names,
        description="The tables to load; none chosen means all",
    )
