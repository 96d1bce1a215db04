"""Every control passes over a clean world, and finds its seeded faults with document and amount: tests/cases/close."""

from __future__ import annotations

from collections import Counter
from datetime import date
from decimal import Decimal

import pytest
import yaml

from genims.close.controls import FAILED, PASSED, as_table, blocking, read_controls, run_controls
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


def test_no_alarm_on_the_clean_world(world):
    outcomes = run_controls(DAY)
    assert [outcome.control.id for outcome in outcomes] == sorted(CONTROLS)
    assert [outcome for outcome in outcomes if outcome.state != PASSED] == []
    assert [outcome.control.id for outcome in outcomes if not outcome.examined] == []
    assert blocking(outcomes, strict=True) == []
    assert as_table(outcomes) == f"{len(CONTROLS)} of {len(CONTROLS)} controls passed."


@pytest.mark.parametrize("fault", [pytest.param(each, id=each["fault"]) for each in FAULTS])
def test_fault_is_found(world, fault):
    with world.changed(fault["do"]):
        outcome = outcome_of(fault["control"])
    assert outcome.state == FAILED, outcome
    finds = {name: Decimal(str(value)) if name == "amount" else value for name, value in fault["finds"].items()}
    assert any(finds.items() <= finding.items() for finding in outcome.findings), outcome.findings


def test_every_control_has_a_fault():
    assert Counter(fault["control"] for fault in FAULTS).keys() == CONTROLS.keys()
    assert len(FAULTS) >= 60
