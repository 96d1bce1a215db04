"""A million changes under kills and restarts: how many were lost or doubled."""

from __future__ import annotations

from datetime import UTC, datetime

from dev.stack import Stack
from genims.audit.evidence.verify import verify
from tests.support.audit import chaos as audit_chaos
from tests.support.audit.chaos import Plan
from tests.support.faults.faults import environment


def run(
    events: int = 1_000_000,
    kills: int = 100,
    mysql_restarts: int = 10,
    postgres_restarts: int = 10,
    second_copies: int = 10,
) -> list[str]:
    """Carry out the plan on the bench's own servers; returns every row of the sources that is not right.

    :param events: how many changes at least.
    """
    first_day = datetime.now(UTC).date()
    plan = Plan(events, 100, kills, mysql_restarts, postgres_restarts, second_copies)
    found = audit_chaos.run(Stack(), plan)
    with environment(AZURE_STORAGE_CONNECTION_STRING=""):
        report = verify(first_day, datetime.now(UTC).date())
    done = ", ".join(f"{count} {name}" for name, count in found.done.items())
    print(
        f"""
{audit_chaos.WRITERS} writers over {len(audit_chaos.DATABASES)} databases, {found.seconds:,.0f} s; {done}
changes in the sources      {found.written:12,}
changes in the audit tables {found.delivered:12,}
lost                        {found.lost:12,}
doubled                     {found.doubled:12,}
rows in another order       {found.misplaced:12,} of {found.rows:,}
verification                {len(report.outcome.findings):12,} deviations, \
{report.outcome.rows:,} rows of {report.outcome.events:,} events in {report.outcome.blocks:,} blocks"""
    )
    return found.faults + [f"chaos: {each}" for each in report.outcome.findings]
