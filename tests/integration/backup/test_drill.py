"""A backup restores to what was dumped, and a drill finds and names what does not."""

from __future__ import annotations

from genims.backup.back_up import back_up
from genims.backup.databases import AUDIT, REPORTING
from genims.backup.drill import drill, trend
from genims.backup.record import record
from genims.backup.store import Store
from tests.support.backup import scratch_databases, visible


def test_every_kind_of_value_is_the_same_after_a_restore(awkward):
    manifest = back_up(REPORTING)
    assert {name: count for name, count in manifest.rows.items() if count} == {"we'i (rd": 16, "many": 903}
    assert "empty_one" in manifest.rows
    proof = drill(REPORTING)
    assert proof.values["error"] is None
    assert proof.values["rows"] == 919
    assert scratch_databases() == []


def test_the_audit_database_is_backed_up_proven_and_on_record(container):
    manifest = back_up(AUDIT)
    assert len(manifest.rows) == 30
    assert [part.blob for part in manifest.parts] == [manifest.name]
    store = Store()
    assert not store.newest(AUDIT).is_proven
    proof = drill(AUDIT)
    assert proof.values["error"] is None, proof.values["error"]
    assert "as they were written" in proof.values["checks"]["audit trail"]
    assert Store().newest(AUDIT, proven=True).name == manifest.name
    assert trend(AUDIT)["last_proven"] == manifest.name
    assert record(AUDIT, "mysql_backup") == 2
    assert record(AUDIT, "mysql_backup") == 0
    assert visible() == sorted([manifest.name, f"{manifest.name}.manifest.json", proof.blob])


def test_a_second_backup_of_a_day_stands_beside_the_first(awkward):
    first, second = back_up(REPORTING), back_up(REPORTING)
    assert second.name == first.name.replace(".sql", "_2.sql")
    assert [each.name for each in Store().backups(REPORTING)] == [first.name, second.name]
