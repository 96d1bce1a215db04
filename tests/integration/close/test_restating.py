"""Closed days are restated by two persons alone, and what they were stays on record."""

from __future__ import annotations

import json
from unittest import mock

import pytest

from genims.close import gate, restating, signing, steps
from genims.core.errors import EvidenceError, FormRefused
from genims.core.settings import settings
from tests.support.close import ago, restate, restate_form, signed, stored
from tests.support.faults.faults import Table, environment, query


@pytest.fixture
def late_invoice(company):
    """Books or takes back a posting on a day."""
    booked = []

    def book(day, amount="100.00") -> None:
        key = f"LATE-{len(booked)}"
        row = {"gl_transaction_id": key, "posting_date": day, "document_date": day, "gl_account": "4110"}
        company.insert("erp", "general_ledger", [row | {"company_code": "COMP-001", "debit_amount": amount}])
        booked.append(key)

    yield book
    for key in booked:
        company.connect("erp").execute("DELETE FROM general_ledger WHERE gl_transaction_id = %s", (key,))


def stale() -> dict:
    with gate.session() as connection:
        return {day.business_day: day.stale_since for day in gate.closed(connection)}


def test_a_restatement_keeps_the_former_figures_and_marks_the_later_days(nights, late_invoice):
    before = nights.close_all(ago(3))
    late_invoice(ago(2))
    restate(ago(2))
    assert stored(ago(3)).digest == before[ago(3)]
    assert stored(ago(1)).digest == before[ago(1)], "a later day keeps its figures until it is restated"
    assert stale() == {ago(3): None, ago(2): None, ago(1): ago(2)}
    versions = signed(ago(2))
    assert [subject for subject, *_ in versions] == ["version 1", "version 2"]
    told = json.loads(versions[1][2])
    assert told["former_digest"] == before[ago(2)]
    assert told["digest"] == stored(ago(2)).digest != before[ago(2)]
    assert told["persons"] == "requested by anna, confirmed by bruno"
    audit = settings().mysql_audit_db
    [change] = query(
        f"SELECT operation, changed_by, reason, new_values FROM {audit}.financial_data_changes "
        "WHERE table_name LIKE '%%trial_balance_daily' ORDER BY audit_sequence DESC LIMIT 1"
    )
    assert change[:3] == ("INSERT", "requested by anna, confirmed by bruno", "a late invoice")
    assert json.loads(change[3])["debit_amount"] == "100.00"
    assert query(
        f"SELECT business_day, outcome FROM {audit}.sox_compliance_log WHERE control_id = 'stale_opening' "
        "ORDER BY audit_sequence DESC LIMIT 1"
    ) == [(ago(1), "failed")]
    Table("trial_balance_daily").reconcile()
    restate(ago(1))
    assert stale() == {ago(3): None, ago(2): None, ago(1): None}, "restating it rolls it forward"
    steps.compare_closed_days()


def test_one_run_rolls_all_later_days_forward(nights, one_table, late_invoice):
    nights.close_all(ago(3))
    late_invoice(ago(3))
    restate(ago(3), roll_forward=True)
    assert set(stale().values()) == {None}
    assert [len(signed(ago(days))) for days in (3, 2, 1)] == [2, 2, 2]
    assert steps.compare_closed_days() == "(none)", "every opening is right again"


def test_nobody_restates_alone_or_what_the_other_has_not_seen(nights, one_table, late_invoice):
    digest = nights.first(ago(1))
    late_invoice(ago(1))
    with pytest.raises(FormRefused, match="nobody has asked"):
        restating.decide(restate_form("confirm", ago(1), None, "bruno", False))
    restating.decide(restate_form("request", ago(1), None, "anna", False))
    with pytest.raises(FormRefused, match="nobody does it alone"):
        restating.decide(restate_form("confirm", ago(1), None, "Anna", False))
    late_invoice(ago(1))
    with pytest.raises(FormRefused, match="request it again"):
        restating.decide(restate_form("confirm", ago(1), None, "bruno", False))
    request = restate_form("request", ago(1), None, "anna", False)
    restating.carry_out(request)
    assert stored(ago(1)).digest == digest, "a task that is marked or cleared decides nothing"


def test_the_hard_lock_and_open_days_are_out_of_reach(nights, one_table):
    nights.first(ago(2))
    with environment(GENIMS_CLOSE_HARD_LOCK=str(ago(2))), pytest.raises(FormRefused, match="hard lock"):
        restating.decide(restate_form("request", ago(2), None, "anna", True))
    with pytest.raises(FormRefused, match=f"found open ones: {ago(1)}"):
        restating.decide(restate_form("request", ago(2), ago(1), "anna", False))


def test_sources_that_move_after_the_confirmation_are_not_taken_over(nights, one_table, late_invoice):
    digest = nights.first(ago(1))
    late_invoice(ago(1))
    restating.decide(restate_form("request", ago(1), None, "anna", False))
    confirmed = restate_form("confirm", ago(1), None, "bruno", False)
    restating.decide(confirmed)
    late_invoice(ago(1))
    with pytest.raises(FormRefused, match="request it again"):
        restating.carry_out(confirmed)
    assert stored(ago(1)).digest == digest


def test_a_restatement_that_nobody_confirmed_is_never_signed(nights, one_table, reporting):
    nights.first(ago(1))
    with reporting.cursor() as cursor:
        cursor.execute("UPDATE trial_balance_daily SET debit_amount = 7 WHERE posting_date = %s", (ago(1),))
        cursor.execute(
            "UPDATE closed_days SET version = 2, state = 'restated', digest = %s, to_sign = '[]', run = 'restate/x'",
            (stored(ago(1)).digest,),
        )
    with pytest.raises(EvidenceError, match="found none by restate/x: nobody signs it"):
        signing.sign()
    assert len(signed(ago(1))) == 1


def test_a_killed_restatement_is_completed_and_done_once(nights, one_table, late_invoice):
    nights.first(ago(1))
    late_invoice(ago(1))
    restating.decide(restate_form("request", ago(1), None, "anna", False))
    confirmed = restate_form("confirm", ago(1), None, "bruno", False)
    restating.decide(confirmed)
    with mock.patch.object(signing, "_append", side_effect=KeyboardInterrupt), pytest.raises(KeyboardInterrupt):
        restating.carry_out(confirmed)
    assert gate.state_of(ago(1)) == "restated"
    assert len(signed(ago(1))) == 1
    restating.carry_out(confirmed)
    restating.carry_out(confirmed)
    assert len(signed(ago(1))) == 2
    steps.compare_closed_days()
