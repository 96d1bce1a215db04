"""A backup restores to what was dumped, and a drill finds and names what does not."""

from __future__ import annotations

from contextlib import closing

import pytest
from MySQLdb import OperationalError

from genims.backup.back_up import back_up
from genims.backup.databases import AUDIT, REPORTING
from genims.backup.drill import drill, trend
from genims.backup.record import record
from genims.backup.store import Store
from tests.support.backup import scratch_databases, visible
from tests.support.faults.faults import query, root


def test_every_kind_of_value_is_the_same_after_a_restore(awkward):
    manifest = back_up(REPORTING)
    assert {name: count for name, count in manifest.rows.items() if count} == {"we'i (rd": 16, "many": 903}
    assert "empty_one" in manifest.rows
    proof = drill(REPORTING)
    assert proof.values["error"] is None
    assert proof.values["rows"] == 919
    assert scratch_databases() == []


def test_large_and_odd_values_are_the_same_after_a_restore(awkward):
    name = "`'\"(ü" + "x" * 58 + "`"
    assert len(name) == 64
    quoted = name.replace("`", "``")
    awkward.run(f"CREATE TABLE `{quoted}` (id INT PRIMARY KEY, t LONGTEXT, b LONGBLOB, day DATE, d DECIMAL(65,30))")
    for row in (
        "1, REPEAT('\U0001d50a', 4194304), NULL, NULL, REPEAT('9', 35)",
        "2, REPEAT('\\\\\\'', 3000000), REPEAT(0x00275C28, 1000000), '9999-12-31', -1e-30",
        "3, '', '', '1000-01-01', 0",
    ):
        awkward.run(f"INSERT INTO `{quoted}` VALUES ({row})".replace("%", "%%"))
    with pytest.raises(OperationalError, match="Incorrect date"):
        awkward.run(f"INSERT INTO `{quoted}` VALUES (4, NULL, NULL, '0000-00-00', NULL)")
    # One that somebody has forced in is no reason to lose a night.
    with closing(root()) as connection, connection.cursor() as cursor:
        connection.select_db(awkward.name)
        cursor.execute("SET sql_mode = ''")
        cursor.execute(f"INSERT INTO `{quoted}` VALUES (5, NULL, NULL, '0000-00-00', NULL)")
    awkward.run("CREATE VIEW `v'``(` AS SELECT id, 'a(''b' AS c FROM many")
    manifest = back_up(REPORTING)
    assert manifest.rows[name] == 4 and manifest.objects == ["view v'`("]
    proof = drill(REPORTING)
    assert proof.values["error"] is None


def test_a_row_that_the_server_would_not_take_back_is_named(awkward):
    awkward.run("CREATE TABLE wide (id INT PRIMARY KEY, b LONGBLOB)")
    awkward.run("INSERT INTO wide VALUES (1, REPEAT(0xFF, 3000000))")
    [(before,)] = query("SELECT @@GLOBAL.max_allowed_packet")
    query("SET GLOBAL max_allowed_packet = 4194304")
    try:
        back_up(REPORTING)
        assert "max_allowed_packet" in drill(REPORTING).values["error"]
    finally:
        query(f"SET GLOBAL max_allowed_packet = {before}")
    assert drill(REPORTING).is_good
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
