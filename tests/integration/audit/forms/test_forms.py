"""Legal holds and requests of persons: what the forms allow, to whom, and that no run enters a row twice."""

from __future__ import annotations

import inspect
import random
import secrets
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from itertools import product
from types import SimpleNamespace

import MySQLdb
import pytest
from airflow.dag_processing.dagbag import DagBag

from genims.audit.forms import gdpr, holds
from genims.audit.forms.form import Form
from genims.audit.forms.holds import Scope, active_holds
from genims.audit.forms.refusals import record_refusal
from genims.audit.ledger import ledger
from genims.audit.ledger.pipeline import pipeline_ledger
from genims.core.clock import utc_now
from genims.core.errors import FormRefused
from genims.core.paths import ROOT
from genims.core.settings import settings
from tests.support.audit.tampering import findings
from tests.support.servers import administrator

pytestmark = pytest.mark.usefixtures("platform")

HOLD = {"matter": "Case 7/2026", "custodian": "Legal", "reason": "Lawsuit", "from": None, "to": None}
REQUEST = {
    "request_type": "erasure",
    "subject_type": "employee",
    "scope": ["hr.employees", "service.portal_users"],
    "received_on": None,
    "reason": "By letter",
}


def run_of(person: str | None, run: str | None = None) -> SimpleNamespace:
    return SimpleNamespace(dag_id="form", run_id=run or secrets.token_hex(8), triggering_user_name=person)


def form(person: str | None, run: str | None = None, **fields) -> Form:
    return Form.of_run(run_of(person, run), fields)


def set_hold(**fields) -> str:
    return holds.place(form("alice", **HOLD | {"database": None, "table": None, "key": None} | fields))


def decide(person: str, hold: str, decision: str, run: str | None = None) -> str:
    return holds.release(form(person, run, hold=hold, decision=decision, reason=f"{person} says so"))


def release(hold: str) -> None:
    decide("alice", hold, "request")
    decide("bob", hold, "confirm")


def receive(**fields) -> str:
    return gdpr.receive(form("carol", **REQUEST | {"subject": secrets.token_hex(4)} | fields))


def step(request: str, name: str, legal_basis: str | None = None, person: str = "carol") -> str:
    return gdpr.take_step(form(person, request=request, step=name, legal_basis=legal_basis, reason="As agreed"))


def rows(table: str, column: str, number: str, *columns: str) -> list[tuple]:
    with administrator(settings().mysql_audit_db) as connection, connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {', '.join(columns)} FROM {table} WHERE {column} = %s ORDER BY audit_sequence", (number,)
        )
        return list(cursor.fetchall())


def steps_of_hold(hold: str) -> list[tuple]:
    return rows("legal_hold_tracking", "hold_id", hold, "step", "entered_by", "requested_by")


def steps_of_request(request: str) -> list[tuple]:
    return rows("gdpr_data_request_log", "request_id", request, "step", "due_on")


def active(scope: Scope) -> list[str]:
    with pipeline_ledger() as book:
        return [hold.hold_id for hold in active_holds(book.connection, scope)]


@pytest.fixture
def table() -> str:
    """A table that no other test holds."""
    return f"t_{secrets.token_hex(4)}"


# Holds ------------------------------------------------------------------------------------------------------------


def test_two_persons_release_a_hold(table):
    hold = set_hold(table=table)
    assert active(Scope("erp", table)) == [hold]
    decide("alice", hold, "request")
    assert active(Scope("erp", table)) == [hold]
    decide("bob", hold, "confirm")
    assert active(Scope("erp", table)) == []
    assert steps_of_hold(hold) == [
        ("set", "alice", None),
        ("release_requested", "alice", None),
        ("released", "bob", "alice"),
    ]
    assert findings("pipeline") == []


@pytest.mark.parametrize("same", ["bob", "BOB"])
def test_nobody_releases_alone(table, same):
    hold = set_hold(table=table)
    decide("bob", hold, "request")
    with pytest.raises(FormRefused, match="another person must confirm"):
        decide(same, hold, "confirm")
    assert [name for name, *_ in steps_of_hold(hold)] == ["set", "release_requested"]
    assert active(Scope("erp", table)) == [hold]


def test_the_database_refuses_who_releases_alone_too():
    alone = (
        "INSERT INTO legal_hold_tracking (audit_timestamp, source_database, audit_sequence, hold_id, step, matter, "
        "custodian, entered_by, requested_by, reason, row_hash) "
        "VALUES (NOW(6), 'test', 1, 'LH-1', 'released', 'm', 'c', 'bob', 'bob', 'r', REPEAT('0', 32))"
    )
    refused = pytest.raises(MySQLdb.OperationalError, match="legal_hold_tracking_other_person")
    with administrator(settings().mysql_audit_db) as connection, connection.cursor() as cursor, refused:
        cursor.execute(alone)


def test_a_declined_release_may_be_asked_for_again(table):
    hold = set_hold(table=table)
    decide("bob", hold, "request")
    decide("alice", hold, "decline")
    with pytest.raises(FormRefused, match="nobody has asked for its release"):
        decide("carol", hold, "confirm")
    decide("carol", hold, "request")
    with pytest.raises(FormRefused, match="carol has asked for its release"):
        decide("bob", hold, "request")
    decide("bob", hold, "confirm")
    with pytest.raises(FormRefused, match=r"was released on .* by bob"):
        decide("carol", hold, "request")
    assert [name for name, *_ in steps_of_hold(hold)][1:] == [
        "release_requested",
        "release_declined",
        "release_requested",
        "released",
    ]


def test_unknown_holds_and_days_in_the_wrong_order_are_refused():
    with pytest.raises(FormRefused, match="found LH-1999-0001: there is none"):
        decide("bob", "LH-1999-0001", "request")
    with pytest.raises(FormRefused, match="found 2026-02-02 and 2026-02-01"):
        set_hold(**{"from": "2026-02-02", "to": "2026-02-01"})


def test_active_holds_are_those_that_a_simple_oracle_keeps(table):
    """Persons act at random; the oracle is a set of holds that are set and a dictionary of who has asked for which."""
    chance = random.Random(11)
    databases, keys, days = (None, "erp", "hr"), (None, "1", "2"), (None, date(2026, 1, 1), date(2026, 3, 1))
    scopes: dict[str, Scope] = {}
    asked: dict[str, str] = {}
    for _ in range(80):
        person = chance.choice(["alice", "bob"])
        if len(scopes) < 4 or chance.random() < 0.1:
            scope = Scope(chance.choice(databases), table, chance.choice(keys), chance.choice(days), None)
            first = f"{scope.first_day}" if scope.first_day else None
            fields = HOLD | {"database": scope.database, "table": table, "key": scope.key, "from": first}
            scopes[holds.place(form(person, **fields))] = scope
        hold, decision = chance.choice(list(scopes)), chance.choice(["request", "confirm", "decline"])
        allowed = (hold not in asked) if decision == "request" else hold in asked
        allowed &= decision != "confirm" or asked.get(hold) != person
        if allowed:
            decide(person, hold, decision)
        else:
            with pytest.raises(FormRefused):
                decide(person, hold, decision)
            continue
        asked.pop(hold, None)
        if decision == "request":
            asked[hold] = person
        elif decision == "confirm":
            del scopes[hold]
    for database, key, day in product(databases, keys, days):
        wanted = Scope(database, table, key, None, day)
        assert active(wanted) == [hold for hold, scope in scopes.items() if scope.overlaps(wanted)]
    assert scopes


# Forms and their runs ---------------------------------------------------------------------------------------------


def submit(dag_id: str, **fields) -> str:
    """Fill in a form and run its task, as Airflow does."""
    dag = DagBag(ROOT / "dags" / f"{dag_id}.py").dags[dag_id]
    dag.params.update(fields)
    [task] = [task for task in dag.tasks if task.task_id != "refused"]
    return inspect.unwrap(task.python_callable)(run_of("erin"), dag.params.validate())


def test_every_form_asks_for_what_its_task_needs(table):
    why = {"reason": "As agreed"}
    hold = submit("legal_hold", matter="Case 8", custodian="Legal", table=table, **why)
    assert submit("legal_hold_release", hold=hold, decision="request", **why) == "release_requested"
    decide("bob", hold, "confirm")
    person = {"subject_type": "employee", "subject": "EMP-1"}
    request = submit("gdpr_request", request_type="access", scope=["hr.employees"], **person, **why)
    assert (
        submit("gdpr_request_step", request=request, step="refused", legal_basis="GDPR Art. 12(5)", **why) == "refused"
    )
    assert [name for name, _ in steps_of_request(request)] == ["received", "refused"]


def test_a_run_that_nobody_triggered_is_refused():
    with pytest.raises(FormRefused, match="signed-in person"):
        form(None)


@pytest.mark.parametrize(
    ("person", "run"),
    [("alice", "r" * 251), ("a" * 256, "run"), ("ali\u202ece", "run"), ("alice", "run\u200b"), ("alice", "run\n")],
)
def test_a_name_that_is_too_long_or_not_seen_is_refused_at_once(person, run):
    with pytest.raises(FormRefused, match="at most 255 characters, all of them seen"):
        form(person, run)


def test_the_longest_run_id_of_a_form_is_taken(table):
    hold = holds.place(form("alice", table.ljust(250, "x"), **HOLD | {"database": None, "table": table, "key": None}))
    release(hold)


def test_a_run_enters_its_row_once_whatever_has_happened_since(table):
    fields = HOLD | {"database": None, "table": table, "key": None, "from": "2026-01-01"}
    hold = holds.place(form("alice", f"set {table}", **fields))
    assert holds.place(form("alice", f"set {table}", **fields)) == hold
    decide("alice", hold, "request", run=f"ask {table}")
    decide("bob", hold, "confirm", run=f"confirm {table}")
    decide("alice", hold, "request", run=f"ask {table}")
    decide("bob", hold, "confirm", run=f"confirm {table}")
    assert [name for name, *_ in steps_of_hold(hold)] == ["set", "release_requested", "released"]
    with pytest.raises(FormRefused, match="has entered something else already, with other values of matter"):
        holds.place(form("alice", f"set {table}", **fields | {"matter": "Another"}))


def test_a_task_that_is_killed_after_its_commit_writes_nothing_more(table, monkeypatch):
    fields = HOLD | {"database": None, "table": table, "key": None}
    append = ledger.Ledger.append

    def lose_the_answer(self, *arguments, **options):
        append(self, *arguments, **options)
        raise ConnectionError("killed")

    with monkeypatch.context() as patch:
        patch.setattr(ledger.Ledger, "append", lose_the_answer)
        with pytest.raises(ConnectionError):
            holds.place(form("alice", f"killed {table}", **fields))
    assert active(Scope(table=table)) == [holds.place(form("alice", f"killed {table}", **fields))]


def test_of_many_who_confirm_at_once_one_does(table):
    hold = set_hold(table=table)
    decide("alice", hold, "request")

    def confirm(person: str) -> bool:
        try:
            decide(person, hold, "confirm")
        except FormRefused:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(confirm, ["bob", "carol", "dave", "alice"])) == 1
    assert [name for name, *_ in steps_of_hold(hold)].count("released") == 1


def test_numbers_are_given_once(table):
    with ThreadPoolExecutor(4) as pool:
        numbers = list(pool.map(lambda _: set_hold(table=table), range(8)))
    assert len(set(numbers)) == 8
    for hold in numbers:
        release(hold)


# Requests ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("received_on", "due_on", "extended_to"),
    [
        (date(2026, 1, 15), date(2026, 2, 15), date(2026, 4, 15)),
        (date(2026, 1, 31), date(2026, 2, 28), date(2026, 4, 30)),
        (date(2026, 11, 30), date(2026, 12, 30), date(2027, 2, 28)),
    ],
)
def test_an_answer_is_due_within_a_month_or_three(monkeypatch, received_on, due_on, extended_to):
    monkeypatch.setattr(gdpr, "utc_now", lambda: utc_now().replace(year=2027, month=1, day=1))
    request = receive(received_on=f"{received_on}")
    monkeypatch.setattr(gdpr, "utc_now", lambda: utc_now().replace(year=2026, month=1, day=31))
    step(request, "identity_verified")
    step(request, "extended")
    step(request, "accepted", "GDPR Art. 17(1)")
    step(request, "fulfilled")
    assert steps_of_request(request) == [
        ("received", due_on),
        ("identity_verified", due_on),
        ("extended", extended_to),
        ("accepted", extended_to),
        ("fulfilled", None),
    ]
    assert findings("pipeline") == []


def test_steps_are_taken_in_order():
    request = receive()
    for name, basis in (("accepted", "GDPR Art. 17(1)"), ("fulfilled", None)):
        with pytest.raises(FormRefused, match=f"expected one of identity_verified, .*, found {name}"):
            step(request, name, basis)
    step(request, "identity_verified")
    step(request, "extended")
    with pytest.raises(FormRefused, match="was extended already"):
        step(request, "extended")
    with pytest.raises(FormRefused, match=r"expected a legal basis, such as .*, found none"):
        step(request, "refused")
    with pytest.raises(FormRefused, match="expected no legal basis"):
        step(request, "extended", "GDPR Art. 12(3)")
    step(request, "refused", "GDPR Art. 17(3)(b): kept by tax law until 2031")
    with pytest.raises(FormRefused, match="has been refused already"):
        step(request, "fulfilled")
    assert [name for name, _ in steps_of_request(request)] == ["received", "identity_verified", "extended", "refused"]


def test_what_is_overdue_cannot_be_extended():
    request = receive(received_on=f"{utc_now().date() - timedelta(days=40)}")
    with pytest.raises(FormRefused, match="was due on"):
        step(request, "extended")


def test_a_request_dated_ahead_and_an_unknown_one_are_refused():
    with pytest.raises(FormRefused, match="Expected a day up to today"):
        receive(received_on=f"{utc_now().date() + timedelta(days=2)}")
    with pytest.raises(FormRefused, match="found DSR-1999-0001: there is none"):
        step("DSR-1999-0001", "refused", "GDPR Art. 12(5)")


def test_nothing_under_a_hold_is_erased(caplog):
    person = secrets.token_hex(4)
    hold = set_hold(database="hr", table="employees", key=person)
    other = set_hold(database="hr", table="employees", key="somebody else")
    request = receive(subject=person)
    assert rows("gdpr_data_request_log", "request_id", request, "under_legal_hold") == [(1,)]
    assert f"{other} (Case 7/2026; hr, employees, somebody else" in caplog.text
    step(request, "identity_verified")
    with pytest.raises(FormRefused, match=f"expected no legal hold on the data to be erased, found {hold}"):
        step(request, "accepted", "GDPR Art. 17(1)")
    release(hold)
    step(request, "accepted", "GDPR Art. 17(1)")
    late = set_hold(database="hr", table="employees", key=person)
    with pytest.raises(FormRefused, match=f"found {late}"):
        step(request, "fulfilled")
    step(request, "refused", "GDPR Art. 17(3)(e)")
    for each in (late, other):
        release(each)


def test_a_hold_elsewhere_or_on_what_is_only_read_is_in_nobodys_way():
    person = secrets.token_hex(4)
    hold = set_hold(database="hr", table="employees", key=person)
    for fields in (
        {"scope": ["erp.materials", "hr.leave_requests"]},
        {"request_type": "access"},
        {"subject": f"{person}x"},
    ):
        request = receive(**{"subject": person} | fields)
        step(request, "identity_verified")
        step(request, "accepted", "GDPR Art. 15")
        step(request, "fulfilled")
    release(hold)


def test_a_refusal_is_on_record_once_for_each_reason():
    run = run_of("alice")
    for reason in ("Reason: too long", "Reason: too long", "There is no such hold"):
        record_refusal(run, reason)
    recorded = rows("approval_audit_log", "document_id", f"form/{run.run_id}", "step", "requested_by", "detail")
    assert recorded == [("refused", "alice", "Reason: too long"), ("refused", "alice", "There is no such hold")]
    assert findings("pipeline") == []


@pytest.mark.parametrize("person", [None, "a" * 300, "al\u202eice"])
def test_who_has_no_name_that_can_be_shown_is_refused_on_record_too(person):
    run = run_of(person, "r" * 300 if person else None)
    with pytest.raises(FormRefused) as refused:
        Form.of_run(run, {})
    record_refusal(run, str(refused.value))
    [(shown,)] = rows("approval_audit_log", "document_id", f"form/{run.run_id}"[:255], "requested_by")[-1:]
    assert shown is None or shown.isprintable()


def test_a_form_that_was_refused_may_be_entered_by_the_same_run_once_mended():
    run = secrets.token_hex(8)
    record_refusal(run_of("alice", run), "MySQL had no such hold")
    hold = set_hold()
    assert decide("alice", hold, "request", run) == "release_requested"
