"""A closed day keeps its rows, byte by byte, whoever loads what, however often its close is run."""

from __future__ import annotations

import json
import random
from contextlib import closing
from threading import Event, Thread
from time import perf_counter
from unittest import mock

import pytest

from genims.audit.format.event import AuditEvent
from genims.audit.ledger.ledger import Ledger
from genims.close import gate, signing, steps
from genims.core import connections
from genims.core.clock import utc_now
from genims.core.errors import DayNotClosed, EvidenceError
from genims.core.settings import settings
from genims.hooks.mysql import GenimsMySqlHook
from tests.support.close import A_DAY, TABLES, ago, context, restate, signed, stored
from tests.support.faults.faults import Table, noon, query


@pytest.fixture
def changed_sources(company):
    """Sources in which every figure of every day is another one; as before at the end."""

    def change(factor: str) -> None:
        company.connect("erp").execute(f"UPDATE sales_order_lines SET unit_price = unit_price {factor}")
        company.connect("erp").execute(f"UPDATE sales_orders SET total_value = total_value {factor}")
        company.connect("erp").execute(f"UPDATE general_ledger SET debit_amount = debit_amount {factor}")
        company.connect("erp").execute(f"UPDATE materials SET standard_cost = standard_cost {factor}")
        company.connect("manufacturing").execute(f"UPDATE labor_transactions SET labor_cost = labor_cost {factor}")

    change("* 2")
    yield company
    change("/ 2")
    for name in TABLES:
        Table(name).load(rebuild=True)


def test_twenty_clearings_in_any_order_give_the_same_bytes(nights):
    digests = nights.close_all(ago(3))
    assert list(digests) == [ago(3), ago(2), ago(1)]
    with gate.session() as connection:
        runs = {day.business_day: day.run.partition("/")[2] for day in gate.closed(connection)}
    rng = random.Random(1)
    for _ in range(20):
        day = rng.choice(list(digests))
        run = context(runs[day])
        assert steps.day_of(run["dag_run"], run["params"]) == str(day), "a run keeps its day"
        for step in rng.sample(["publish", "close_day"], 2):
            getattr(steps, step)(day, run, *([rng.choice(TABLES)] if step == "publish" else []))
        assert steps.sign_off(day, run) == digests[day]
    assert all(len(signed(day)) == 1 for day in digests), "each is signed once"
    assert all(stored(day).count > 3 for day in digests)


def test_no_load_touches_a_closed_day_by_any_path(nights, request):
    digests = nights.close_all(ago(2))
    request.getfixturevalue("changed_sources")
    for name in TABLES:
        Table(name).load(from_=str(ago(5)), to=str(ago(1)))
        Table(name).load(rebuild=True)
    for how in ({}, {"nightly": True}, {"hour": noon(1)}):
        Table("trial_balance_daily").load(**how)
    for day, digest in digests.items():
        assert stored(day).digest == digest
        assert len(signed(day)) == 1
    [sums] = query("SELECT COUNT(*), SUM(close_status = 'closed') FROM genims_reporting_db.profit_and_loss_daily")
    assert sums[1] < sums[0], "other days stay provisional"


def test_days_are_closed_in_order_and_missed_ones_made_up(nights, one_table):
    nights.first(ago(3))
    with pytest.raises(DayNotClosed, match=f"expected {ago(2)}"):
        gate.close(ago(1), "somebody", "financial_close/test")
    with pytest.raises(DayNotClosed, match=f"Not closed: {ago(2)}, {ago(1)}"):
        steps.require_closed()
    assert steps.next_day() == str(ago(2))
    nights.close()
    nights.close()
    assert steps.next_day() is None
    steps.require_closed()
    run = context()
    assert steps.day_of(run["dag_run"], run["params"]) is None
    with pytest.raises(DayNotClosed):
        gate.close(ago(0), "somebody", "financial_close/test")


def test_states_follow_one_another(nights, one_table):
    assert (gate.state_of(ago(0)), gate.state_of(ago(1))) == ("open", "provisional")
    nights.first(ago(1))
    assert gate.state_of(ago(1)) == "closed"
    restate(ago(1))
    assert gate.state_of(ago(1)) == "restated"


def test_a_row_altered_in_mysql_is_named_and_never_signed(nights, reporting):
    nights.first(ago(1))
    with reporting.cursor() as cursor:
        cursor.execute("UPDATE profit_and_loss_daily SET net_profit = net_profit + 1 WHERE pnl_date = %s", (ago(1),))
    with pytest.raises(EvidenceError, match=f"(?s){ago(1)}.*Somebody has altered"):
        steps.compare_closed_days()
    with reporting.cursor() as cursor:
        cursor.execute("UPDATE closed_days SET digest = %s", (stored(ago(1)).digest,))
    with pytest.raises(EvidenceError, match="not those on the chained record"):
        steps.compare_closed_days()
    with reporting.cursor() as cursor:
        cursor.execute("DELETE FROM closed_days")
    with pytest.raises(EvidenceError, match=f"{ago(1)}: closed on record, not in closed_days"):
        steps.compare_closed_days()


@pytest.mark.parametrize("killed_in", ["before it is signed", "before that is marked"])
def test_a_killed_close_is_completed_by_the_next_run(nights, killed_in):
    with mock.patch.object(gate, "business_day", return_value=ago(0)):
        gate.close(ago(1), "somebody", "financial_close/killed")
    if killed_in == "before that is marked":
        with mock.patch.object(gate, "put", side_effect=KeyboardInterrupt), pytest.raises(KeyboardInterrupt):
            signing.sign()
    Table("profit_and_loss_daily").load()
    run = context("killed")
    assert steps.day_of(run["dag_run"], run["params"]) == str(ago(1))
    assert steps.sign_off(ago(1), run) == stored(ago(1)).digest
    assert len(signed(ago(1))) == 1


def test_a_source_change_is_reported_once_with_who_made_it(nights, one_table, company):
    nights.first(ago(1))
    assert steps.compare_closed_days() == "(none)"
    late = {"posting_date": ago(1), "document_date": ago(1), "gl_account": "4110", "company_code": "COMP-001"}
    company.insert("erp", "general_ledger", [late | {"gl_transaction_id": "LATE-1", "debit_amount": "12.50"}])
    try:
        capture("LATE-1", ago(1))
        told = steps.compare_closed_days()
        assert "trial_balance_daily" in told and str(ago(1)) in told and "12.50" in told
        assert "clara INSERT erp.general_ledger LATE-1 (forgotten)" in told
        assert steps.compare_closed_days() == told
        assert len(recorded_changes()) == 1, "what is on record is not repeated"
    finally:
        company.connect("erp").execute("DELETE FROM general_ledger WHERE gl_transaction_id = 'LATE-1'")


def capture(key: str, day) -> None:
    """Put a change of the general ledger into the audit tables, as the stream does."""
    after = json.dumps({"gl_transaction_id": key, "posting_date": str(day)})
    event = AuditEvent(
        utc_now(), "INSERT", "general_ledger", "erp_app", row_key=key, app_user="clara", reason="forgotten", after=after
    )
    with closing(GenimsMySqlHook(connections.AUDIT).get_conn()) as connection:
        Ledger.open(connection, "erp").append([event], seal=True)


def recorded_changes() -> list[tuple]:
    return query(
        f"SELECT subject FROM {settings().mysql_audit_db}.sox_compliance_log WHERE control_id = 'closed_day_unchanged'"
    )


def test_closing_waits_for_no_load_longer_than_a_second_and_mixes_nothing(nights):
    """A load publishes beside every close; each day is closed with the rows that its digest says."""
    stop, waits, errors = Event(), [], []

    def sync() -> None:
        while not stop.is_set():
            try:
                Table("profit_and_loss_daily").load(rebuild=bool(len(waits) % 2))
            except Exception as error:
                errors.append(error)

    first = ago(8)
    beside = Thread(target=sync)
    beside.start()
    try:
        with mock.patch.object(gate, "business_day", return_value=first + A_DAY):
            gate.close(first, "somebody", "financial_close/first")
        for day in gate.days_between(first + A_DAY, ago(1)):
            began = perf_counter()
            gate.close(day, "somebody", f"financial_close/{day}")
            waits.append(perf_counter() - began)
    finally:
        stop.set()
        beside.join()
    assert not errors
    signing.sign()
    steps.compare_closed_days()
    assert sorted(waits)[-1] < 1, waits
