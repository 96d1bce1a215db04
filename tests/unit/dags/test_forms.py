"""What the trigger forms refuse before any task runs."""

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk.exceptions import ParamValidationError

from genims.core.paths import ROOT


@pytest.fixture(scope="module")
def dags():
    return DagBag(ROOT / "dags").dags


FIELDS = [
    ("legal_hold", "matter"),
    ("legal_hold", "custodian"),
    ("legal_hold", "reason"),
    ("legal_hold", "table"),
    ("legal_hold", "key"),
    ("gdpr_request", "subject"),
    ("gdpr_request", "reason"),
    ("gdpr_request_step", "request"),
    ("gdpr_request_step", "legal_basis"),
    ("gdpr_request_step", "reason"),
    ("legal_hold_release", "hold"),
    ("legal_hold_release", "reason"),
    ("source_moved", "reason"),
    ("capture_change", "reason"),
    ("form_run_deletion", "run"),
    ("form_run_deletion", "reason"),
]
GOOD = {"table": "employees", "request": "DSR-2026-0001", "hold": "LH-2026-0001", "run": "legal_hold/manual__1"}


@pytest.mark.parametrize(("dag", "field"), FIELDS)
@pytest.mark.parametrize("unseen", ["\x00", "\x07", "\x1b[31m", "\x7f", "\u202e", "\u2066", "\u200b", "\ufeff"])
def test_characters_that_nobody_sees_are_refused(dags, dag, field, unseen):
    param = dags[dag].params.get_param(field)
    text = GOOD.get(field, "EMP-004711")
    assert param.resolve(text) == text
    for written in (text + unseen, unseen + text, text[:3] + unseen + text[3:]):
        with pytest.raises(ParamValidationError):
            param.resolve(written)


@pytest.mark.parametrize(("dag", "field"), [each for each in FIELDS if each[1] != "reason"])
def test_a_line_feed_at_the_end_is_refused(dags, dag, field):
    with pytest.raises(ParamValidationError):
        dags[dag].params.get_param(field).resolve(GOOD.get(field, "EMP-004711") + "\n")


def test_a_scope_with_a_line_feed_is_refused(dags):
    scope = dags["gdpr_request"].params.get_param("scope")
    assert scope.resolve(["hr.employees"])
    with pytest.raises(ParamValidationError):
        scope.resolve(["hr.employees\n"])


def test_remarks_have_lines(dags):
    text = "First line\nSecond line\twith a tab\r\nänd ümlauts"
    assert dags["legal_hold"].params.get_param("reason").resolve(text) == text


@pytest.mark.parametrize("dag", ["reporting_load", "audit_verify", "legal_hold"])
@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "2026-03-01\n", "2026-02-31", "tomorrow"])
def test_a_day_that_cannot_be_meant_is_refused(dags, dag, day):
    param = dags[dag].params.get_param("from")
    assert param.resolve("2026-03-01") == "2026-03-01"
    with pytest.raises(ParamValidationError):
        param.resolve(day)
