"""Closed months are dumped once; every night refers to them, and restores alone with what it refers to."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from genims.audit.ledger.pipeline import append_rows
from genims.backup.back_up import back_up
from genims.backup.databases import AUDIT
from genims.backup.drill import drill
from genims.backup.restoring import Wish, carry_out
from genims.backup.store import Store
from genims.core.clock import utc_now
from genims.core.errors import BackupBroken
from tests.support.backup import drop, rows_of

MONTH = f"{utc_now():%Y-%m}"


def nights_later(days: int):
    """A clock on a later day: the present month is then a closed one."""
    later = utc_now().replace(day=1) + timedelta(days=days)
    return lambda: datetime(later.year, later.month, later.day, 1)


def add_events(count: int = 3) -> None:
    rows = [
        {"event_type": "test", "severity": "info", "detail": "a test", "object_name": f"event {n}"}
        for n in range(count)
    ]
    append_rows("security_events", rows, user="tests")


def months_of(manifest) -> list[str]:
    return [part.blob for part in manifest.parts if part.is_month]


def test_a_closed_month_is_dumped_once_and_again_only_if_late_rows_come(container):
    add_events()
    first = back_up(AUDIT, clock=nights_later(40))
    [earlier, month] = months_of(first)
    assert MONTH.replace("-", "_") in month
    assert first.parts[0].rows["system_audit_log"] == 0 < first.rows["system_audit_log"]
    assert first.parts[0].rows["audit_sequence_manager"] > 0
    second = back_up(AUDIT, clock=nights_later(41))
    assert months_of(second) == [earlier, month]

    add_events(2)
    third = back_up(AUDIT, clock=nights_later(42))
    assert months_of(third)[0] == earlier
    assert months_of(third)[1] != month
    assert third.rows["security_events"] == second.rows["security_events"] + 2
    for name in (first.name, third.name):
        assert drill(AUDIT, name).values["error"] is None


def test_a_night_of_two_months_ago_restores_as_it_was(container):
    add_events()
    old = back_up(AUDIT, clock=nights_later(5))
    then = rows_of("genims_audit_db", "security_events")
    add_events()
    new = back_up(AUDIT, clock=nights_later(70))
    assert len(months_of(old)) < len(months_of(new))
    target = carry_out(Wish("audit", old.name, into="two_months_ago"), run="test")
    try:
        assert rows_of(target, "security_events") == then
    finally:
        drop(target)


def test_a_full_dump_refers_to_nothing(container):
    manifest = back_up(AUDIT, full=True, clock=nights_later(40))
    assert len(manifest.parts) == 1 and manifest.name.endswith("_full.sql.gz")
    assert drill(AUDIT).values["error"] is None


def test_a_missing_month_is_named_by_the_drill_and_dumped_anew_by_the_next_night(container):
    add_events()
    first = back_up(AUDIT, clock=nights_later(40))
    month = months_of(first)[-1]
    Store().container.delete(month)
    assert month in drill(AUDIT).values["error"]
    assert not Store().newest(AUDIT).is_proven
    second = back_up(AUDIT, clock=nights_later(41))
    assert months_of(second)[-1] != month
    assert drill(AUDIT).values["error"] is None


def test_one_table_and_its_months_are_restored_alone(container):
    add_events()
    back_up(AUDIT, clock=nights_later(70))
    drill(AUDIT)
    target = carry_out(Wish("audit", into="one_table", table="security_events", months=(MONTH, MONTH)), run="test")
    try:
        assert rows_of(target, "security_events") == rows_of("genims_audit_db", "security_events")
        with pytest.raises(Exception, match="doesn't exist"):
            rows_of(target, "system_audit_log")
    finally:
        drop(target)


def test_a_manifest_that_was_altered_proves_nothing(container):
    manifest = back_up(AUDIT)
    store = Store()
    text = store.container.read_from(f"{manifest.name}.manifest.json")
    store.container.delete(f"{manifest.name}.manifest.json")
    store.container.put_new(f"{manifest.name}.manifest.json", text.replace(b'"kind": "night"', b'"kind": "other"'))
    assert "its signature is not of its values" in drill(AUDIT).values["error"]
    with pytest.raises(BackupBroken, match="signature"):
        _ = Store().backup(manifest.name).manifest
