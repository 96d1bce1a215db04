"""What docs/operating.md says to do after a lost server, done; and restores by the form."""

from __future__ import annotations

import secrets
import sys
from types import SimpleNamespace

import pytest

from genims.audit.evidence.tasks import anchor
from genims.audit.evidence.verify import verify
from genims.audit.forms.form import Form
from genims.audit.ledger.pipeline import append_rows
from genims.backup import __main__ as command
from genims.backup import restoring
from genims.backup.back_up import back_up
from genims.backup.databases import AUDIT, REPORTING
from genims.backup.drill import drill
from genims.backup.restore_form import may_begin, restore, wish_of
from genims.backup.restoring import Wish, carry_out, plan
from genims.core.clock import utc_now
from genims.core.errors import BackupRefused, FormRefused
from genims.core.settings import settings
from tests.support.backup import die, drop, killed, rows_of
from tests.support.faults.faults import environment, query
from tests.support.servers import set_up_platform

EMPTY = dict.fromkeys(("backup", "into", "table", "first_month", "last_month"))
FIELDS = EMPTY | {"database": "reporting", "reason": "rows are lost"}


def run_command(monkeypatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["genims.backup", *arguments])
    return command.main()


def unfinished() -> set[tuple]:
    return set(query("SHOW DATABASES LIKE 'genims\\_restoring\\_%'"))


def test_after_a_lost_server_both_databases_are_back_and_verified(container, monkeypatch, capsys):
    append_rows("security_events", [{"event_type": "test", "severity": "info", "detail": "a test"}], user="tests")
    anchor()
    made = back_up(AUDIT), back_up(REPORTING)
    assert drill(AUDIT).is_good and drill(REPORTING).is_good
    was = rows_of("genims_audit_db", "system_audit_log")
    lost = f"lost_{secrets.token_hex(4)}"
    try:
        with environment(MYSQL_AUDIT_DB=f"{lost}_audit", MYSQL_REPORTING_DB=f"{lost}_reporting"):
            assert run_command(monkeypatch, "list", "audit") == 0
            assert made[0].name in capsys.readouterr().out
            assert run_command(monkeypatch, "restore", "audit") == 0
            assert run_command(monkeypatch, "restore", "reporting") == 0
            assert "The last drill restored it in" in capsys.readouterr().out
            assert rows_of(f"{lost}_audit", "system_audit_log") == was
            with pytest.raises(FormRefused, match="expected a lost database"):
                run_command(monkeypatch, "restore", "audit")
            set_up_platform()
            assert verify(utc_now().date(), utc_now().date()).outcome.findings == []
    finally:
        drop(f"{lost}_audit")
        drop(f"{lost}_reporting")
        set_up_platform()


def test_a_live_database_is_replaced_by_two_persons_once(awkward):
    manifest = back_up(REPORTING)
    drill(REPORTING)
    was = rows_of(awkward.name, "many")
    awkward.run("DELETE FROM many WHERE id > 10")

    fields = FIELDS | {"backup": manifest.name}

    def decide(person: str, decision: str, run: str = "r1") -> bool:
        run_of_form = SimpleNamespace(dag_id="restore", run_id=f"{awkward.name}/{run}", triggering_user_name=person)
        return may_begin(run_of_form, fields | {"decision": decision})

    assert manifest.name in plan(wish_of(FIELDS)) and "is replaced" in plan(wish_of(FIELDS))
    assert not decide("anna", "request")
    with pytest.raises(FormRefused, match="another person"):
        decide("anna", "confirm", "r2")
    assert decide("bert", "confirm", "r3")
    confirmed = SimpleNamespace(dag_id="restore", run_id=f"{awkward.name}/r3", triggering_user_name="bert")
    try:
        for _ in range(2):
            assert restore(confirmed, fields) == awkward.name
            assert rows_of(awkward.name, "many") == was
            awkward.run("DELETE FROM many WHERE id = 1")
            was = rows_of(awkward.name, "many")
        [before] = query("SHOW DATABASES LIKE 'genims\\_before\\_%'")
        assert len(rows_of(before[0], "many")) == 10
        # Dropped, as the log proposes; a cleared task still replaces nothing again.
        drop(before[0])
        assert restore(confirmed, fields) == awkward.name
        assert rows_of(awkward.name, "many") == was
    finally:
        for (before,) in query("SHOW DATABASES LIKE 'genims\\_before\\_%'"):
            drop(before)


@pytest.mark.parametrize(
    ("step", "into"),
    [("before the move", None), ("before the move", "order"), ("after the move", None), ("after the record", "order")],
)
def test_a_restore_that_is_killed_is_done_and_recorded_once(awkward, monkeypatch, step, into):
    manifest = back_up(REPORTING)
    drill(REPORTING)
    awkward.run("DELETE FROM many WHERE id > 10")
    run = SimpleNamespace(dag_id="restore", run_id=f"{awkward.name}/{step}", triggering_user_name="bert")
    fields, before = FIELDS | {"backup": manifest.name, "into": into}, unfinished()
    target = into or awkward.name
    try:
        with monkeypatch.context() as patch:
            if step == "before the move":
                create = restoring._create
                patch.setattr(restoring, "_create", lambda *given: create(*given) or (given[1] == target and die()))
            else:
                enter = Form.enter if step == "after the record" else die
                patch.setattr(Form, "enter", lambda *arguments: die(enter(*arguments)))
            killed(lambda: restore(run, fields))
        assert restore(run, fields) == target
        assert len(query(f"SELECT * FROM `{target}`.many")) == 903
        awkward.run("DELETE FROM many WHERE id > 10")
        assert restore(run, fields) == target
        assert len(rows_of(awkward.name, "many")) == 10
        recorded = "SELECT COUNT(*) FROM genims_audit_db.backup_recovery WHERE action = 'restore' AND location = %s"
        assert query(recorded, (f"{settings().genims_backup_container}/{manifest.name}",)) == [(1,)]
        assert unfinished() <= before
    finally:
        drop("`order`")
        for (old,) in query("SHOW DATABASES LIKE 'genims\\_before\\_%'"):
            drop(old)


def test_a_restore_that_makes_no_sense_is_refused(awkward):
    made = back_up(REPORTING)
    for wish in (
        Wish("reporting", into=awkward.name),
        Wish("reporting", into="genims_drill_1"),
        Wish("reporting", table="many"),
        Wish("reporting", made.name, into="somewhere", table="few"),
        Wish("reporting", made.name, into="somewhere", months=("2026-01", "2026-02")),
    ):
        with pytest.raises(FormRefused):
            carry_out(wish, "test")
    with pytest.raises(FormRefused, match="expected a proven backup"):
        carry_out(Wish("reporting", into="somewhere"), "test")
    drill(REPORTING)
    query("CREATE DATABASE somewhere")
    before = unfinished()
    query("CREATE DATABASE genims_restoring_left")
    try:
        with pytest.raises(BackupRefused, match="left unchanged"):
            carry_out(Wish("reporting", into="somewhere"), "test")
        assert unfinished() <= before
    finally:
        drop("somewhere")
