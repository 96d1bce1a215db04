"""A million changes while everything that can go wrong goes wrong: how many were lost or doubled."""

from __future__ import annotations

from dev.stack import Stack
from tests.support import audit_chaos
from tests.support.audit_chaos import Outcome, Plan

PLAN = Plan(events=1_000_000, rate=100, kills=100, mysql_restarts=10, postgres_restarts=10, second_copies=10)


def run(stack: Stack, events: int) -> Outcome:
    """The whole plan.

    :param events: how many changes at least.
    """
    return audit_chaos.run(stack, Plan(**{**vars(PLAN), "events": events}))


def print_outcome(found: Outcome) -> None:
    """Print what was written, what was delivered, and every row that is not right."""
    print(
        f"\n{PLAN.kills} kills, {PLAN.mysql_restarts} restarts of MySQL, {PLAN.postgres_restarts} of PostgreSQL, "
        f"{PLAN.second_copies} second copies, in {found.seconds:,.0f} s"
    )
    print(f"written {found.written:,}, delivered {found.delivered:,}, rows that are not right: {len(found.faults)}")
    for fault in found.faults:
        print(f"  {fault}")
