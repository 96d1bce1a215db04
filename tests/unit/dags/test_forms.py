"""What the trigger forms refuse before any task runs."""

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk.exceptions import ParamValidationError

from genims.audit.forms.fields import check_fields
from genims.core.errors import FormRefused
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


LONG = "x" * 10_000


def check(dags, dag: str, field: str, value: object) -> None:
    """What Airflow does with a field, and then the form's task."""
    param = dags[dag].params.get_param(field)
    check_fields({field: param}, {field: param.resolve(value)})


@pytest.mark.parametrize(("dag", "field"), FIELDS)
@pytest.mark.parametrize("unseen", ["\x00", "\x07", "\x1b[31m", "\x7f", "\u202e", "\u2066", "\u200b", "\ufeff"])
def test_characters_that_nobody_sees_are_refused(dags, dag, field, unseen):
    text = GOOD.get(field, "EMP-004711")
    check(dags, dag, field, text)
    for written in (text + unseen, unseen + text, text[:3] + unseen + text[3:]):
        with pytest.raises(FormRefused) as refused:
            check(dags, dag, field, written)
        assert unseen not in str(refused.value), "the answer shows it"


@pytest.mark.parametrize(("dag", "field"), [each for each in FIELDS if each[1] != "reason"])
def test_a_line_feed_at_the_end_is_refused(dags, dag, field):
    with pytest.raises(FormRefused):
        check(dags, dag, field, GOOD.get(field, "EMP-004711") + "\n")


def test_a_scope_with_a_line_feed_is_refused(dags):
    check(dags, "gdpr_request", "scope", ["hr.employees"])
    for scope in (["hr.employees\n"], [], ["hr", "hr"]):
        with pytest.raises(FormRefused, match="a line for each source database"):
            check(dags, "gdpr_request", "scope", scope)


def test_remarks_have_lines(dags):
    check(dags, "legal_hold", "reason", "First line\nSecond line\twith a tab\r\nänd ümlauts")


@pytest.mark.parametrize(("dag", "field"), FIELDS)
@pytest.mark.parametrize("value", ["", LONG], ids=["empty", "long"])
def test_a_refusal_is_a_sentence_and_the_form_says_the_limits_before(dags, dag, field, value):
    if (dag, field) == ("legal_hold_release", "hold") and not value:
        value = "7"
    with pytest.raises(FormRefused) as refused:
        check(dags, dag, field, value)
    schema = dags[dag].params.get_param(field).schema
    assert f"{schema['title']}: expected {schema['takes']}; found {len(value):,} characters" in str(refused.value)
    assert len(str(refused.value)) < 400
    assert f"({schema['takes']})" in dags[dag].params.get_param(field).description


def test_every_field_that_is_beyond_its_limits_is_named(dags):
    params = dags["legal_hold"].params
    fields = {name: params.get_param(name) for name in params}
    values = dict.fromkeys(fields) | {"matter": "x", "custodian": "Legal", "reason": LONG}
    with pytest.raises(FormRefused) as refused:
        check_fields(fields, values)
    assert [line.split(":")[0] for line in str(refused.value).splitlines()] == [
        "Matter",
        "Reason",
        "Nothing was written",
    ]


def test_a_refused_form_is_put_on_record_by_a_task_of_its_own(dags):
    forms = {dag_id: dag for dag_id, dag in dags.items() if "form" in dag.tags}
    assert len(forms) == 10
    for dag_id, dag in forms.items():
        assert dag.get_task("refused").trigger_rule == "all_skipped", dag_id


@pytest.mark.parametrize("dag", ["reporting_load", "audit_verify", "legal_hold"])
@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "2026-03-01\n", "2026-02-31", "tomorrow"])
def test_a_day_that_cannot_be_meant_is_refused(dags, dag, day):
    param = dags[dag].params.get_param("from")
    assert param.resolve("2026-03-01") == "2026-03-01"
    with pytest.raises(ParamValidationError):
        param.resolve(day)
