"""The close under a real scheduler: tried dry, done, and cleared by an operator."""

from __future__ import annotations

from datetime import timedelta

from genims.core.clock import business_day
from genims.core.settings import settings
from tests.e2e.test_backups import clear, wait_for
from tests.support.faults.faults import query

DAG = "financial_close"


def signed() -> list[tuple]:
    """What is on record of closed days: day, state and digest of each version."""
    return query(
        "SELECT business_day, subject, detail FROM sox_compliance_log WHERE control_id = 'day_close' "
        "ORDER BY audit_sequence",
        database=settings().mysql_audit_db,
    )


def test_a_day_is_closed_once_whatever_is_cleared(stack, filled):
    api = stack.api
    api.wait_for_dag(DAG)
    day = business_day() - timedelta(days=1)
    try:
        wait_for(api, DAG, api.trigger(DAG, {"day": day.isoformat(), "dry_run": True}))
        assert signed() == []
        run = api.trigger(DAG, {"dry_run": False})
        wait_for(api, DAG, run)
        first = signed()
        assert [each[0] for each in first] == [day]
        for tasks in (["close_day", "sign_off"], ["sign_off"], None):
            clear(api, DAG, run, tasks)
            wait_for(api, DAG, run)
        assert signed() == first
    finally:
        api.call("PATCH", f"/dags/{DAG}", json={"is_paused": True})
