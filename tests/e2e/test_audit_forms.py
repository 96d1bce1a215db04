"""The forms under a real Airflow: the signed-in user is recorded, two persons release a hold, a run enters one row."""

from __future__ import annotations

import pytest

from dev.stack import StackError
from dev.stack.airflow_api import ENDED, AirflowApi
from dev.stack.steps import wait_until
from genims.audit.evidence.verify import verify
from genims.core.clock import utc_now
from genims.core.settings import settings
from tests.support.faults.faults import query

HOLD = {"matter": "Case 7/2026", "custodian": "Legal", "reason": "A customer's lawsuit", "database": "erp"}


@pytest.fixture(scope="module")
def sign_in(stack, filled):
    """Signs in a user of the stack: ``sign_in(user)``."""
    return lambda user: AirflowApi(stack.env["STACK_UI_URL"], user, stack.env[f"STACK_{user.upper()}_PASSWORD"])


def fill_in(user: AirflowApi, form: str, **fields) -> tuple[str, str]:
    """Trigger a form and wait for its end; returns the run's id and the log of the task that decided or refused."""
    user.wait_for_dag(form)
    run_id = user.trigger(form, fields)
    return run_id, ended(user, form, run_id)


def ended(user: AirflowApi, form: str, run_id: str) -> str:
    wait_until(lambda: user.run_state(form, run_id) in ENDED, 60, f"{form} to end", every=0.5)
    [task] = [task for task in user.task_instances(form, run_id) if task["state"] == "success"]
    return "\n".join(user.log(task))


def states(user: AirflowApi, form: str, run_id: str) -> dict[str, str]:
    return {task["task_id"]: task["state"] for task in user.task_instances(form, run_id)}


def refusals(form: str, run_id: str) -> list[tuple]:
    """Who was refused, and why, as the audit has it."""
    found = "SELECT requested_by, detail FROM approval_audit_log WHERE document_id = %s AND step = 'refused'"
    return query(found, (f"{form}/{run_id}",), database=settings().mysql_audit_db)


def steps(hold: str) -> list[tuple]:
    return query(
        "SELECT step, entered_by, requested_by FROM legal_hold_tracking WHERE hold_id = %s ORDER BY audit_sequence",
        (hold,),
        database=settings().mysql_audit_db,
    )


def test_two_signed_in_persons_release_a_hold(sign_in):
    operator, admin = sign_in("operator"), sign_in("admin")
    # Nothing that is sent along makes the operator somebody else.
    run_id, _ = fill_in(operator, "legal_hold", **HOLD, entered_by="admin", triggering_user_name="admin")
    path = f"/dags/legal_hold/dagRuns/{run_id}/taskInstances/place/xcomEntries/return_value"
    hold = operator.call("GET", path)["value"]
    release = {"hold": hold, "reason": "The case is closed"}

    fill_in(operator, "legal_hold_release", **release, decision="request")
    run_id, log = fill_in(operator, "legal_hold_release", **release, decision="confirm")
    assert states(operator, "legal_hold_release", run_id) == {"release": "skipped", "refused": "success"}
    assert operator.run_state("legal_hold_release", run_id) == "success"
    assert "operator has asked for its release, so another person must confirm it" in log
    with pytest.raises(StackError, match="Forbidden"):
        sign_in("viewer").call(
            "POST",
            "/dags/legal_hold_release/dagRuns",
            json={"logical_date": None, "conf": {**release, "decision": "confirm"}},
        )
    # A task that is marked as done has done nothing.
    task = f"/dags/legal_hold_release/dagRuns/{run_id}/taskInstances/release"
    operator.call("PATCH", task, json={"new_state": "success"})
    assert operator.call("GET", task)["state"] == "success"
    assert [step for step, *_ in steps(hold)] == ["set", "release_requested"]

    run_id, _ = fill_in(admin, "legal_hold_release", **release, decision="confirm")
    entered = [
        ("set", "operator", None),
        ("release_requested", "operator", None),
        ("released", "admin", "operator"),
    ]
    assert steps(hold) == entered

    clear = {"dry_run": False, "dag_run_id": run_id, "only_failed": False, "reset_dag_runs": True}
    admin.call("POST", "/dags/legal_hold_release/clearTaskInstances", json=clear)
    assert "Entered already" in ended(admin, "legal_hold_release", run_id)
    assert steps(hold) == entered
    today = utc_now().date()
    assert not verify(today, today, {"pipeline"}).outcome.findings


@pytest.mark.parametrize(
    ("form", "fields", "reason"),
    [
        ("legal_hold", HOLD | {"from": "2026-02-30"}, "from: '2026-02-30' is not a 'date'"),
        ("legal_hold", {**HOLD, "reason": None}, "reason: None is not of type 'string'"),
        ("gdpr_request", {"request_type": "oblivion"}, "request_type: 'oblivion' is not one of"),
        ("gdpr_request_step", {"request": "DSR-2026-0001"}, "step: No value passed"),
    ],
)
def test_what_is_filled_in_wrongly_is_refused_at_once(sign_in, form, fields, reason):
    operator = sign_in("operator")
    operator.wait_for_dag(form)
    with pytest.raises(StackError, match=f"Invalid input for param {reason}"):
        operator.trigger(form, fields)


@pytest.mark.parametrize(
    ("form", "fields", "reason"),
    [
        ("legal_hold", HOLD | {"table": "Sales Orders"}, "Held: table: expected its name in the source"),
        ("legal_hold", HOLD | {"reason": "x" * 10_000}, "Reason: expected 3 to 2,000 characters; found 10,000"),
        ("legal_hold_release", {"hold": "7", "decision": "confirm", "reason": "closed"}, "such as LH-2026-0004"),
    ],
)
def test_a_refused_form_is_green_says_why_and_is_on_record(sign_in, form, fields, reason):
    operator = sign_in("operator")
    run_id, log = fill_in(operator, form, **fields)
    assert operator.run_state(form, run_id) == "success"
    assert reason in log
    [(person, detail)] = refusals(form, run_id)
    assert person == "operator"
    assert reason in detail
    assert len(detail) < 400


def test_a_form_whose_run_somebody_deletes_stays_on_record(sign_in):
    operator = sign_in("operator")
    request = {"request_type": "access", "subject_type": "customer", "subject": "CUST-1", "scope": ["crm"]}
    run_id, _ = fill_in(operator, "gdpr_request", **request, reason="By letter")
    operator.call("DELETE", f"/dags/gdpr_request/dagRuns/{run_id}")
    operator.wait_for_dag("audit_logs")
    compared = operator.join_or_trigger("audit_logs")

    def is_compared() -> bool:
        tasks = {task["task_id"]: task["state"] for task in operator.task_instances("audit_logs", compared)}
        return tasks.get("form_runs") == "success"

    wait_until(is_compared, 120, "the runs to be compared", every=0.5)
    operator.call("PATCH", f"/dags/audit_logs/dagRuns/{compared}", json={"state": "failed"})
    run = f"gdpr_request/{run_id}"
    events = "SELECT event_type, severity, user_name FROM security_events WHERE object_name = %s"
    found = query(events, (run,), database=settings().mysql_audit_db)
    assert found == [("form_run_deleted", "critical", "operator")]
    entered = "SELECT COUNT(*) FROM gdpr_data_request_log AS g JOIN system_audit_log AS s USING (source_database, "
    entered += "audit_sequence, audit_timestamp) WHERE s.request_id = %s"
    assert query(entered, (run,), database=settings().mysql_audit_db) == [(1,)]
