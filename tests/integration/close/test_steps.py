"""What blocks a close is said in a table, publishes nothing, and heals by clearing; a dry run publishes nothing."""

from __future__ import annotations

from decimal import Decimal

import pytest

from genims.close import controls, cut_off, gate, steps
from genims.close.controls import Control, Outcome
from genims.core.errors import CloseBlocked
from genims.core.paths import SQL
from tests.support.close import TABLES, ago, context, stored
from tests.support.faults.faults import environment


def outcome(level: str, state: str = "failed") -> Outcome:
    control = Control(
        "ledger_balances",
        "Debit equals credit",
        "x",
        "SOX",
        level,
        Decimal(0),
        "Book the missing side",
        SQL,
        ("erp.x",),
    )
    finding = {"document": "D-17", "account": "4110", "company": "COMP-001", "currency": "INR",
               "amount": Decimal("12.50"), "detail": "debit only"}  # fmt: skip
    return Outcome(control, state, (finding,) if state == "failed" else (), None, 5, int(state == "failed"))


@pytest.mark.parametrize(("level", "strict", "blocks"), [
    ("block", False, True), ("report", False, False), ("report", True, True), ("shadow", True, False),
])  # fmt: skip
def test_a_control_blocks_by_its_level(nights, monkeypatch, level, strict, blocks):
    monkeypatch.setattr(controls, "run_controls", lambda day: [outcome(level)])
    run = context()
    with environment(GENIMS_CLOSE_STRICT=str(strict)):
        if not blocks:
            assert "D-17" in steps.controls(ago(1), run)
            return
        with pytest.raises(CloseBlocked, match=r"(?s)nothing is published.*D-17"):
            steps.controls(ago(1), run)
    for word in ("ledger_balances", "D-17", "4110", "12.50", "Book the missing side"):
        assert word in run["pushed"]["blocked"]
    monkeypatch.setattr(controls, "read_controls", lambda: [outcome(level).control])
    with environment(GENIMS_CLOSE_STRICT=str(strict)), pytest.raises(CloseBlocked, match="marking it as a success"):
        steps.close_day(ago(1), run)
    assert gate.state_of(ago(1)) == "provisional"
    monkeypatch.setattr(controls, "run_controls", lambda day: [outcome(level, "passed")])
    steps.controls(ago(1), run)
    steps.close_day(ago(1), run)
    assert gate.state_of(ago(1)) == "closed", "once the ledger is mended, clearing succeeds"


def test_a_day_without_its_nightly_run_is_blocked_until_it_is_there(nights):
    run = context()
    with pytest.raises(CloseBlocked, match=r"(?s)no_nightly.*run reporting_nightly"):
        steps.cut_off(ago(1), run)


def test_a_dry_run_says_what_would_be_published(nights, company):
    before = stored(ago(1))
    run = context(dry_run=True, day=str(ago(1)))
    assert steps.day_of(run["dag_run"], run["params"]) == str(ago(1))
    assert {steps.publish(ago(1), run, name) for name in TABLES} == {"(none)", "a snapshot stays as it is"}
    row = {"gl_transaction_id": "DRY-1", "posting_date": ago(1), "document_date": ago(1), "gl_account": "4110"}
    company.insert("erp", "general_ledger", [row | {"company_code": "COMP-001", "credit_amount": "7.25"}])
    try:
        assert "7.25" in steps.publish(ago(1), run, "trial_balance_daily")
        assert stored(ago(1)) == before
        assert gate.state_of(ago(1)) == "provisional"
    finally:
        company.connect("erp").execute("DELETE FROM general_ledger WHERE gl_transaction_id = 'DRY-1'")


def test_the_cut_off_names_postings_at_the_edge_of_the_day(nights, company):
    erp = company.connect("erp")
    row = {"document_date": ago(1), "gl_account": "4110", "company_code": "COMP-001", "debit_amount": "1.00"}
    late = row | {
        "gl_transaction_id": "EDGE-1",
        "document_number": "D-LATE",
        "posting_date": ago(1),
        "created_at": ago(0),
    }
    ahead = row | {
        "gl_transaction_id": "EDGE-2",
        "document_number": "D-AHEAD",
        "posting_date": ago(-2),
        "created_at": ago(1),
    }
    company.insert("erp", "general_ledger", [late, ahead])
    try:
        found = {(each["finding"], each["document"]) for each in cut_off.cut_off(ago(1)).findings}
        assert {("entered_later", "D-LATE"), ("dated_ahead", "D-AHEAD")} <= found
    finally:
        erp.execute("DELETE FROM general_ledger WHERE document_number IN ('D-LATE', 'D-AHEAD')")
