"""A month is approved by somebody who prepared nothing of it, and by the chained record alone."""

from __future__ import annotations

import json
from datetime import datetime
from hashlib import sha256
from types import SimpleNamespace

import pytest

from genims.close import period
from genims.core.errors import CloseBlocked, DayNotClosed, EvidenceError, FormRefused
from genims.core.settings import settings
from genims.engine.window import Window
from genims.hooks.blob import BlobContainer
from tests.support.audit.backups import forget_anchors
from tests.support.close import ago, restate
from tests.support.containers import new_container
from tests.support.faults.faults import environment, query
from tests.support.tasks import dag


@pytest.fixture
def container(platform):
    """An empty container for the pack."""
    platform.up(only=["azurite"], sample_data=False)
    with environment(GENIMS_ANCHOR_CONTAINER=new_container()):
        forget_anchors()
        yield
        forget_anchors()


@pytest.fixture
def month(nights, one_table, company, monkeypatch):
    """Three closed days, as a month; alice and bruno may approve, and alice has posted a manual journal in it."""
    nights.close_all(ago(3))
    window = Window(ago(3), ago(0), ago(0))
    monkeypatch.setattr(period, "month_of", lambda _: window)
    journal = {"journal_entry_id": "PERIOD-1", "journal_number": "PERIOD-1", "posting_date": ago(2)}
    company.insert("financial", "journal_entry_headers", [journal | {"created_by": "Alice"}])
    company.connect("erp").execute("UPDATE general_ledger SET source_system = 'SD' WHERE source_system IS NULL")
    with environment(GENIMS_CLOSE_APPROVERS="alice, bruno=7"):
        yield window
    company.connect("financial").execute("DELETE FROM journal_entry_headers WHERE journal_entry_id = 'PERIOD-1'")


def answer(person: str, option: str = "Approve", triggered_by: str | None = None) -> None:
    """What Airflow does when a person has answered."""
    task = dag("period_close").get_task("approval").prepare_for_execution()
    task.month = ""
    task.downstream_task_ids.clear()
    event = {
        "chosen_options": [option],
        "params_input": {"comment": "looked at it"},
        "responded_at": datetime.now(),
        "responded_by_user": {"id": "7", "name": person},
    }
    run = SimpleNamespace(dag_id="period_close", run_id="test", triggering_user_name=triggered_by)
    task.execute_complete({"dag_run": run}, event)


def decisions() -> list[tuple]:
    return query(
        f"SELECT step, decided_by FROM {settings().mysql_audit_db}.approval_audit_log "
        "WHERE document_type = 'period_close' ORDER BY audit_sequence"
    )


def test_who_prepared_a_month_is_no_approver(month):
    assert "alice" in period.preparers(month, None)
    assert period.approvers(month, None) == [{"name": "bruno", "id": "7"}]
    with pytest.raises(FormRefused, match="found nobody"):
        period.approvers(month, "Bruno")
    for person in ("alice", "mallory"):
        with pytest.raises(FormRefused, match=f"{person} may not decide"):
            answer(person)
    assert decisions() == []


def test_the_chained_row_decides_and_a_restated_day_makes_it_void(month, container):
    with pytest.raises(EvidenceError, match="expected an approval"):
        period.pack(month)
    answer("bruno", "Reject")
    with pytest.raises(EvidenceError, match="found rejected"):
        period.pack(month)
    answer("bruno")
    assert decisions() == [("rejected", "bruno"), ("approved", "bruno")]
    found = period.pack(month)
    assert period.pack(month) == found, "the same state gives the same bytes"
    name = f"close/{month.start:%Y-%m}/{found}.json"
    assert sha256(BlobContainer(settings().genims_anchor_container).read_from(name)).hexdigest() == found
    restate(ago(1))
    with pytest.raises(EvidenceError, match="approved another state"):
        period.pack(month)


def test_open_days_and_stale_openings_keep_a_month_from_being_approved(month, company):
    with pytest.raises(DayNotClosed, match=f"found open ones: {ago(0)}"):
        period.checklist(Window(ago(3), ago(-1), ago(0)))
    row = {"gl_transaction_id": "STALE-1", "posting_date": ago(3), "document_date": ago(3), "debit_amount": "1.00"}
    company.insert("erp", "general_ledger", [row | {"gl_account": "4110", "company_code": "COMP-001"}])
    try:
        restate(ago(3))
        with pytest.raises(CloseBlocked, match=f"{ago(2)} is stale since {ago(3)}"):
            period.require_ready(month)
        assert "anna" in period.preparers(month, None), "who restates a day prepares its month"
    finally:
        company.connect("erp").execute("DELETE FROM general_ledger WHERE gl_transaction_id = 'STALE-1'")
    told = json.dumps([vars(item) for item in period.checklist(month)])
    assert "evidence" in told
