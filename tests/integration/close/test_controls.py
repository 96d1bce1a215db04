"""Every control passes over a clean world, and finds its seeded faults with document and amount: tests/cases/close."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
import yaml

from genims.close.controls import FAILED, NOT_RUN, PASSED, as_table, blocking, read_controls, run_controls
from genims.core.paths import ROOT
from tests.support.close_world import DAY, CloseWorld

CASES = ROOT / "tests" / "cases" / "close"
FAULTS = yaml.safe_load((CASES / "faults.yaml").read_text())
CONTROLS = {control.id: control for control in read_controls()}


@pytest.fixture(scope="module")
def world(platform, source_rows):
    """The clean world; whatever a test changes, it restores."""
    with CloseWorld(yaml.safe_load((CASES / "world.yaml").read_text()), source_rows) as world:
        yield world


def outcome_of(control_id: str, day: date = DAY):
    [outcome] = run_controls(day, [CONTROLS[control_id]])
    return outcome


@pytest.mark.parametrize("fault", [pytest.param(each, id=each["fault"]) for each in FAULTS])
def test_fault_is_found(world, fault):
    with world.changed(fault["do"]):
        outcome = outcome_of(fault["control"])
    assert outcome.state == FAILED, outcome
    assert any(expected(fault["finds"]).items() <= finding.items() for finding in outcome.findings), outcome.findings


def expected(finds: dict) -> dict:
    """What a finding must say: amounts are decimals, as their digits are written."""
    return {
        name: Decimal(str(value)) if isinstance(value, int | float) else value and str(value)
        for name, value in finds.items()
    }


def test_a_snapshot_that_nobody_took_does_not_block_for_ever(world):
    with world.changed({"audit": "DELETE FROM audit_etl_sync_log WHERE table_name = 'receivables_payables_aging'"}):
        assert outcome_of("inputs_fresh").state == PASSED


# After the faults: no green counts that was never red, and every fault was undone.
def test_no_alarm_on_the_clean_world(world):
    outcomes = run_controls(DAY)
    assert [outcome.control.id for outcome in outcomes] == sorted(CONTROLS)
    assert [outcome for outcome in outcomes if outcome.state != PASSED] == []
    assert [outcome.control.id for outcome in outcomes if not outcome.examined] == []
    assert blocking(outcomes, strict=True) == []
    assert as_table(outcomes) == f"{len(CONTROLS)} of {len(CONTROLS)} controls passed."


def test_every_control_has_a_fault():
    assert {fault["control"] for fault in FAULTS} == CONTROLS.keys()
    assert len({fault["fault"] for fault in FAULTS}) >= 60


def test_amounts_are_decimals_and_never_floats(world):
    with world.changed(
        {"financial": "UPDATE journal_entry_lines SET functional_credit = 999.9 WHERE line_id = 'L-1011'"}
    ):
        [finding] = outcome_of("journal_balances").findings
    assert isinstance(finding["amount"], Decimal) and str(finding["amount"]) == "0.10"


def test_float_amount_is_refused(world, tmp_path):
    control = control_of(tmp_path, "SELECT NULL AS document, NULL AS account, NULL AS company, NULL AS currency, "
                         "0.1::DOUBLE AS amount, NULL AS detail, TRUE AS broken FROM postgres_query('erp', $$SELECT "
                         "gl.gl_account FROM general_ledger AS gl$$)")  # fmt: skip
    [outcome] = run_controls(DAY, [control])
    assert outcome.state == NOT_RUN
    assert "found the floating-point number 0.1: cast it" in outcome.error


def test_rule_that_says_nothing_is_broken(world, tmp_path):
    [outcome] = run_controls(DAY, [control_of(tmp_path, SELECTED.format(broken="NULL", amount="NULL"))])
    assert (outcome.state, outcome.examined, outcome.found) == (FAILED, 8, 8)


def test_amounts_below_materiality_pass(world, tmp_path):
    select = SELECTED.format(broken="TRUE", amount="gl.amount")
    materialities = {"0": 8, "33.33": 6, "33.34": 4, "590.01": 0}
    found = {
        least: run_controls(DAY, [control_of(tmp_path, select, materiality=least)])[0].found for least in materialities
    }
    assert found == materialities


def test_missing_table_is_not_run_and_stops_no_other(world):
    chosen = [CONTROLS[name] for name in ("account_in_chart", "exchange_rate_holds", "suspense_zero", "pnl_adds_up")]
    world.run("financial", "ALTER TABLE chart_of_accounts RENAME TO chart_elsewhere")
    try:
        outcomes = run_controls(DAY, chosen)
    finally:
        world.run("financial", "ALTER TABLE chart_elsewhere RENAME TO chart_of_accounts")
    assert {outcome.control.id: outcome.state for outcome in outcomes} == {
        "account_in_chart": NOT_RUN,
        "exchange_rate_holds": PASSED,
        "pnl_adds_up": PASSED,
        "suspense_zero": NOT_RUN,
    }
    assert "table chart_of_accounts: found no such table" in outcomes[0].error
    assert blocking(outcomes, strict=False) == [outcomes[0], outcomes[3]]
    assert "account_in_chart did not run: SourceContractError" in as_table(outcomes)


def test_source_that_is_down_stops_no_other(world, monkeypatch):
    monkeypatch.setenv("POSTGRES_ERP_HOST", "127.0.0.1")
    monkeypatch.setenv("POSTGRES_ERP_PORT", "1")
    outcomes = run_controls(DAY)
    down = {control.id for control in CONTROLS.values() if "erp" in control.databases}
    assert {outcome.control.id for outcome in outcomes if outcome.state == NOT_RUN} == down
    assert {outcome.state for outcome in outcomes if outcome.control.id not in down} == {PASSED}


def test_empty_sources_are_no_error(world):
    empty = {database: "; ".join(f"DELETE FROM {table}" for table in world.given[database])
             for database in ("financial", "erp", "supplier", "manufacturing", "tms")}  # fmt: skip
    with world.changed(empty):
        outcomes = {outcome.control.id: outcome for outcome in run_controls(DAY)}
    assert {outcome.state for outcome in outcomes.values()} == {PASSED}
    assert outcomes["journal_balances"].examined == 0


def test_100_000_findings_are_counted_and_the_worst_kept(world):
    many = (
        "INSERT INTO general_ledger (gl_transaction_id, document_number, document_type, posting_date, document_date, "
        "gl_account, company_code, debit_amount) SELECT 'M-' || n, 'D-' || lpad(n::text, 44, '0'), 'SA', "
        f"DATE '{DAY}', DATE '{DAY}', '9999', 'COMP-001', n FROM generate_series(1, 100000) AS n"
    )
    with world.changed({"erp": many}):
        outcomes = run_controls(DAY, [CONTROLS["account_in_chart"], CONTROLS["journal_balances"]])
    assert [outcome.found for outcome in outcomes] == [100_000, 100_000]
    assert [finding["amount"] for finding in outcomes[0].findings] == [Decimal(100_000 - n) for n in range(100)]
    assert len(str(outcomes)) < 100_000
    assert len(as_table(outcomes)) < 10_000 and "... and 99990 more" in as_table(outcomes)


def test_control_characters_and_markup_do_not_reach_the_table(world):
    world_change = "UPDATE general_ledger SET document_number = E'\\u001b[31m\\n\\u202eX', debit_amount = 1"
    with world.changed({"erp": f"{world_change} WHERE gl_transaction_id = 'G-3'"}):
        outcomes = run_controls(DAY, [CONTROLS["journal_balances"]])
    assert "\x1b[31m\n\u202eX" in {finding["document"] for finding in outcomes[0].findings}
    assert r"\x1b[31m\n\u202eX" in as_table(outcomes)
    assert "\x1b" not in as_table(outcomes)


def test_infinite_dates_are_no_error(world):
    infinite = (
        "UPDATE fiscal_periods SET end_date = 'infinity' WHERE period_id = 'P-03'; "
        "UPDATE chart_of_accounts SET effective_date = '-infinity', inactive_date = 'infinity'; "
        "UPDATE exchange_rates SET effective_date = 'infinity' WHERE rate_id = 'R-1'; "
        "UPDATE journal_entry_headers SET posting_date = 'infinity' WHERE journal_entry_id = 'J-100'"
    )
    with world.changed({"financial": infinite}):
        outcomes = run_controls(DAY)
    assert {outcome.control.id for outcome in outcomes if outcome.state == NOT_RUN} == set()


def test_levels_decide_what_blocks(world, tmp_path):
    for level in ("block", "report", "shadow"):
        control_of(tmp_path, SELECTED.format(broken="TRUE", amount="NULL"), name=f"a_{level}", level=level)
    outcomes = run_controls(DAY, read_controls(tmp_path))
    assert {outcome.state for outcome in outcomes} == {FAILED}
    assert [outcome.control.id for outcome in blocking(outcomes, strict=False)] == ["a_block"]
    assert [outcome.control.id for outcome in blocking(outcomes, strict=True)] == ["a_block", "a_report"]


SELECTED = (
    "SELECT NULL AS document, NULL AS account, NULL AS company, NULL AS currency, {amount} AS amount, NULL AS detail, "
    "{broken} AS broken FROM postgres_query('erp', $$SELECT CAST(coalesce(gl.debit_amount, 0) + "
    "coalesce(gl.credit_amount, 0) AS numeric(15, 2)) AS amount FROM general_ledger AS gl$$) AS gl"
)


def control_of(folder, select: str, name="a_rule", level="block", materiality="0"):
    """A control of our own, read from its file."""
    (folder / f"{name}.sql").write_text(
        f"/* ---\ntitle: A rule\nproves: Something\nstandard: none\nlevel: {level}\n"
        f"materiality: {materiality}\ntodo: Nothing\nreads: [erp.general_ledger]\n--- */\n{select}\n"
    )
    [control] = [control for control in read_controls(folder) if control.id == name]
    return control
