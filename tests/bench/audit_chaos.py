"""A million changes while everything that can go wrong goes wrong: how many were lost or doubled."""

from __future__ import annotations

from dataclasses import replace

from dev.stack import Stack
from tests.support import audit_chaos
from tests.support.audit_chaos import Plan

PLAN = Plan(events=1_000_000, rate=100, kills=100, mysql_restarts=10, postgres_restarts=10, second_copies=10)


def run(events: int = PLAN.events) -> list[str]:
    """Carry out the plan on the bench's own servers; returns every row of the sources that is not right.

    :param events: how many changes at least.
    """
    found = audit_chaos.run(Stack(), replace(PLAN, events=events))
    print(
        f"\n{PLAN.kills} kills, {PLAN.mysql_restarts} restarts of MySQL, {PLAN.postgres_restarts} of PostgreSQL, "
        f"{PLAN.second_copies} second copies, in {found.seconds:,.0f} s:\n"
        f"written {found.written:,}, delivered {found.delivered:,}, rows that are not right: {len(found.faults)}"
    )
    return found.faults
