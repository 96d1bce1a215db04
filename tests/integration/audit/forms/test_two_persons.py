"""Acts that take two persons: what nobody can do alone, again, later, or by changing what is on record."""

from __future__ import annotations

import secrets
from types import SimpleNamespace

import pytest

from genims.audit.capture import released
from genims.audit.capture.install import install
from genims.audit.capture.problems import problems
from genims.audit.capture.routing import CapturedTable
from genims.audit.drift import form_runs
from genims.audit.forms import capture_changes
from genims.audit.forms.form import Form
from genims.audit.forms.two_persons import agreement, carry_out, decide
from genims.core.errors import EvidenceError, FormRefused, PlatformError
from genims.core.settings import settings
from genims.setup import capture
from tests.support.audit.capture_database import STANDS_FOR
from tests.support.audit.tampering import findings
from tests.support.faults.faults import query

pytest_plugins = ["tests.support.audit.capture_fixtures"]
pytestmark = pytest.mark.usefixtures("platform")

ACT = "source_moved"


@pytest.fixture
def subject() -> str:
    """What no other test decides on."""
    return f"test_{secrets.token_hex(4)}"


def form(person: str | None, decision: str, run: str | None = None, **fields) -> Form:
    run = SimpleNamespace(dag_id="form", run_id=run or secrets.token_hex(8), triggering_user_name=person)
    return Form.of_run(run, {"decision": decision, "reason": "A reason"} | fields)


def steps(act: str, subject: str) -> list[tuple]:
    return query(
        "SELECT step, decided_by, requested_by FROM approval_audit_log WHERE document_type = %s AND document_id = %s "
        "ORDER BY audit_sequence",
        (act, subject),
        database=settings().mysql_audit_db,
    )


def alter(column: str, value: str, act: str, subject: str) -> None:
    """Change the last row as somebody with all rights in MySQL does."""
    query(
        f"UPDATE approval_audit_log SET {column} = %s WHERE document_type = %s AND document_id = %s "
        "ORDER BY audit_sequence DESC LIMIT 1",
        (value, act, subject),
        database=settings().mysql_audit_db,
    )


# Any act -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("same", ["alice", "ALICE"])
def test_nobody_confirms_their_own_request(subject, same):
    decide(form("alice", "request"), ACT, subject, {"to": "b"})
    with pytest.raises(FormRefused, match="another person must confirm it"):
        decide(form(same, "confirm"), ACT, subject, {"to": "b"})
    assert agreement(ACT, subject, {"to": "b"}) is None
    assert steps(ACT, subject) == [("requested", "alice", None)]


def test_nobody_confirms_what_nobody_has_requested(subject):
    for decision in ("confirm", "decline"):
        with pytest.raises(FormRefused, match="nobody has asked for it"):
            decide(form("bob", decision), ACT, subject, {})
    with pytest.raises(FormRefused, match="signed-in person"):
        form(None, "confirm")
    assert steps(ACT, subject) == []


def test_another_thing_than_was_requested_is_not_confirmed(subject):
    decide(form("alice", "request"), ACT, subject, {"to": "b"})
    with pytest.raises(FormRefused, match=r"expected what alice has asked for, .*, found \{'to': 'c'\}"):
        decide(form("bob", "confirm"), ACT, subject, {"to": "c"})
    decide(form("bob", "confirm"), ACT, subject, {"to": "b"})
    assert agreement(ACT, subject, {"to": "b"}).persons == "requested by alice, confirmed by bob"
    assert agreement(ACT, subject, {"to": "c"}) is None


def test_a_declined_request_is_closed(subject):
    decide(form("alice", "request"), ACT, subject, {})
    decide(form("alice", "decline"), ACT, subject, {})
    with pytest.raises(FormRefused, match="nobody has asked for it"):
        decide(form("bob", "confirm"), ACT, subject, {})
    assert agreement(ACT, subject, {}) is None


@pytest.mark.parametrize(("column", "value"), [("decided_by", "mallory"), ("detail", '{"to": "c", "reason": "x"}')])
def test_a_request_that_somebody_altered_is_not_confirmed(subject, column, value):
    run = form("bob", "request")
    decide(run, ACT, subject, {"to": "b"})
    [(before,)] = query(
        f"SELECT {column} FROM approval_audit_log WHERE document_id = %s", (subject,),
        database=settings().mysql_audit_db,
    )  # fmt: skip
    alter(column, value, ACT, subject)
    try:
        with pytest.raises(EvidenceError, match="expected the requested of approval_audit_log"):
            decide(form("bob", "confirm"), ACT, subject, {"to": "c"})
    finally:
        alter(column, before, ACT, subject)
    assert findings("pipeline") == []


def test_a_row_that_somebody_added_without_its_event_counts_for_nothing(subject):
    query(
        "INSERT INTO approval_audit_log (audit_timestamp, source_database, audit_sequence, document_type, document_id, "
        "step, decided_by, requested_by, detail, row_hash) "
        "VALUES (NOW(6), 'pipeline', 4000000000, %s, %s, 'confirmed', 'bob', 'alice', '{}', REPEAT('0', 32))",
        (ACT, subject), database=settings().mysql_audit_db,
    )  # fmt: skip
    try:
        assert agreement(ACT, subject, {}) is None
    finally:
        query("DELETE FROM approval_audit_log WHERE document_id = %s", (subject,), database=settings().mysql_audit_db)


def test_what_is_confirmed_is_done_once_however_often_its_task_is_cleared(subject):
    done, confirm = [], form("bob", "confirm")
    decide(form("alice", "request"), ACT, subject, {})
    carry_out(form("alice", "request"), ACT, subject, done.append)
    assert done == []

    def killed(persons: str) -> None:
        done.append(persons)
        raise KeyboardInterrupt

    decide(confirm, ACT, subject, {})
    with pytest.raises(KeyboardInterrupt):
        carry_out(confirm, ACT, subject, killed)
    for _ in range(3):
        assert decide(confirm, ACT, subject, {}) == "confirmed"
        carry_out(confirm, ACT, subject, done.append)
    assert done == ["requested by alice, confirmed by bob"] * 2
    assert [step for step, *_ in steps(ACT, subject)] == ["requested", "confirmed", "carried_out"]
    assert agreement(ACT, subject, {}) is None
    assert findings("pipeline") == []


def test_a_run_that_is_repeated_under_another_persons_name_is_refused(subject):
    decide(form("alice", "request", run=subject), ACT, subject, {})
    assert decide(form("alice", "request", run=subject), ACT, subject, {}) == "requested"
    with pytest.raises(FormRefused, match="has entered something else already, with other values of decided_by"):
        decide(form("bob", "request", run=subject), ACT, subject, {})


# Capture -----------------------------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def own_record(monkeypatch):
    """What is decided on capture, and which list is in force, is on record under words of the test's own."""
    own = secrets.token_hex(4)
    monkeypatch.setattr(capture_changes, "IN_FORCE", f"in_force_{own}")
    monkeypatch.setattr(capture_changes, "LIST", f"list_{own}")
    monkeypatch.setattr(capture_changes, "CAPTURE_CHANGES", {"remove": f"removed_{own}", "list": f"list_{own}"})
    monkeypatch.setattr(capture_changes, "REMOVED", f"removed_{own}")


@pytest.fixture
def alone(item, monkeypatch):
    """platform_setup installs capture in the test's own database, and in no other."""
    monkeypatch.setattr(capture, "SOURCES", {STANDS_FOR: item.name})


def change(person: str, what: str, decision: str, run: str | None = None) -> str:
    return capture_changes.change(form(person, decision, run, source=STANDS_FOR, change=what))


def test_one_person_removes_no_capture_and_two_do_once(item, subject):
    run = f"confirm {subject}"
    change("alice", "remove", "request")
    with pytest.raises(FormRefused, match="another person must confirm it"):
        change("alice", "remove", "confirm")
    assert problems(STANDS_FOR) == []
    change("bob", "remove", "confirm", run)
    assert problems(STANDS_FOR) == ["change capture was removed"]
    [removal] = [event.after for event in item.events() if event.op == "X"]
    assert removal == {"event": "change capture was removed", "by": "requested by alice, confirmed by bob"}
    # The schema goes when all is delivered; a capture that is installed anew stays.
    change("bob", "remove", "confirm", run)
    assert problems(STANDS_FOR) == ["change capture is not installed"]
    install(STANDS_FOR)
    change("bob", "remove", "confirm", run)
    assert problems(STANDS_FOR) == []


@pytest.mark.usefixtures("alone")
def test_one_person_changes_no_mask_and_two_do(item, monkeypatch):
    item.create("CREATE TABLE staff (id int PRIMARY KEY, salary text, name text)", "staff", mask={"salary"})
    capture.install_capture("erin")
    assert capture_changes.list_changes(STANDS_FOR) == {}
    nothing, shown, hidden = {}, CapturedTable(domains=()), CapturedTable(domains=(), mask={"salary", "name"})
    for tables in (nothing, {"staff": shown}, {"staff": hidden}):
        with monkeypatch.context() as patch:
            patch.setattr(released, "routing", routing_of(item, tables))
            with pytest.raises(PlatformError, match=r"have not agreed to that: staff: .*\['salary'\]"):
                capture.install_capture("erin")
            assert masks(item) == ["salary"]
    monkeypatch.setattr(released, "routing", routing_of(item, {"staff": shown}))
    change("alice", "list", "request")
    with pytest.raises(FormRefused, match="another person must confirm it"):
        change("alice", "list", "confirm")
    with pytest.raises(PlatformError, match="two persons have not agreed"):
        capture.install_capture("erin")
    change("bob", "list", "confirm")
    capture.install_capture("erin")
    assert masks(item) == []
    with pytest.raises(FormRefused, match="there is nothing to agree to"):
        change("alice", "list", "request")
    item.tables["staff"] = shown


@pytest.mark.usefixtures("alone")
def test_a_list_that_somebody_altered_in_the_source_is_put_back_by_one(item):
    capture.install_capture("erin")
    item.owner.execute("UPDATE genims_audit.captured_table SET operations = '{insert}' WHERE table_name = 'item'")
    altered = "table item: the list in the database is not that of this release"
    assert altered in problems(STANDS_FOR)
    capture.install_capture("erin")
    assert altered not in problems(STANDS_FOR)


def routing_of(item, tables):
    """The list with other entries for the table ``staff``."""
    listed = released.routing()
    kept = {name: table for name, table in item.tables.items() if name != "staff"}
    return lambda: SimpleNamespace(by_operation=listed.by_operation, tables={STANDS_FOR: kept | tables})


def masks(item) -> list[str]:
    [(masked,)] = item.owner.execute(
        "SELECT masked_columns FROM genims_audit.captured_table WHERE table_name = 'staff'"
    ).fetchall()
    return masked


def test_a_source_without_an_installing_user_is_told_at_once(monkeypatch):
    def nobody(_):
        raise capture_changes.AirflowNotFoundException

    monkeypatch.setattr(capture_changes.connections, "connection", nobody)
    with pytest.raises(FormRefused, match="expected a connection of the user that installs change capture"):
        change("alice", "remove", "request")


# Runs of forms -----------------------------------------------------------------------------------------------------


def test_a_run_of_a_form_that_was_deleted_is_on_record_once_and_calm_if_two_agreed(subject):
    runs = {name: form("alice", "request", run=f"{subject}-{name}") for name in ("kept", "gone", "agreed")}
    for name, run in runs.items():
        decide(run, ACT, f"{subject}-{name}", {})
    decide(form("alice", "request"), form_runs.DELETED, runs["agreed"].run, {})
    decide(form("bob", "confirm"), form_runs.DELETED, runs["agreed"].run, {})
    deleted = {f"{subject}-gone", f"{subject}-agreed"}
    for _ in range(2):
        form_runs.record_deleted_runs(lambda _, run_ids: len(set(run_ids) - deleted), "test")
    found = query(
        "SELECT object_name, severity, user_name, detail FROM security_events WHERE object_name LIKE %s ORDER BY 2",
        (f"form/{subject}%",),
        database=settings().mysql_audit_db,
    )
    assert [row[:3] for row in found] == [
        (runs["gone"].run, "critical", "alice"),
        (runs["agreed"].run, "info", "alice"),
    ]
    assert "as requested by alice, confirmed by bob" in found[1][3]
